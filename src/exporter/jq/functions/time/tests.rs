//! Dates, taken apart, written and read.

use super::{Failure, Part, gmtime, mktime, strftime, strptime};

fn parts(numbers: &[f64]) -> Vec<Option<Part>> {
    let part = |number: &f64| Part {
        int: *number as i64,
        float: *number,
    };
    numbers.iter().map(|number| Some(part(number))).collect()
}

#[track_caller]
fn check_gmtime(seconds: f64, expected: [f64; 8]) {
    let time = gmtime(seconds).expect("not too far");
    let ints = [time.year, time.month, time.day, time.hour, time.minute];
    let mut array = ints.map(|int| int as f64).to_vec();
    array.extend([time.seconds, time.weekday as f64, time.yearday as f64]);
    assert_eq!(array, expected);
}

#[test]
fn seconds_are_taken_apart() {
    check_gmtime(
        1_425_599_621.25,
        [2015.0, 2.0, 5.0, 23.0, 53.0, 41.25, 4.0, 63.0],
    );
    check_gmtime(-86_400.0, [1969.0, 11.0, 31.0, 0.0, 0.0, 0.0, 3.0, 364.0]);
    check_gmtime(-1.5, [1969.0, 11.0, 31.0, 23.0, 59.0, 59.5, 3.0, 364.0]);
}

#[test]
fn a_date_may_have_too_much_of_anything_and_too_few_parts() {
    assert_eq!(
        mktime(&parts(&[2024.0, 13.0, 32.0, 25.0, 61.0, 61.5])),
        Ok(1_741_140_121.5)
    );
    assert_eq!(mktime(&parts(&[1970.0])), Ok(-86_400.0));
    let message = "expected an array of 8 numbers".to_owned();
    assert_eq!(mktime(&[None]), Err(Failure::Failed(message)));
}

#[track_caller]
fn check_strftime(format: &str, expected: &str) {
    let date = parts(&[2024.0, 1.0, 5.0, 9.0, 3.0, 7.5, 0.0, 0.0]);
    assert_eq!(strftime(&date, format).as_deref(), Ok(expected), "{format}");
}

#[test]
fn times_are_written() {
    check_strftime("%Y-%m-%dT%H:%M:%SZ", "2024-02-05T09:03:07Z");
    check_strftime(
        "%c | %D %T | %r",
        "Mon Feb  5 09:03:07 2024 | 02/05/24 09:03:07 | 09:03:07 AM",
    );
    check_strftime("%j %U %W %V %G %u %s", "036 05 06 06 2024 1 1707123787");
    check_strftime(
        "%-d %_m %3e %^a %#B %5b|%010Y",
        "5  2   5 MON FEBRUARY   Feb|0000002024",
    );
    check_strftime(
        "%f %z %Z %:z %::z %:::z",
        "500000 +0000 UTC +00:00 +00:00:00 +00",
    );
    check_strftime("%Q %5 %", "%Q   %5 %");
    check_strftime("%P %^P %#Z 100%%", "am AM utc 100%");
}

#[track_caller]
fn check_strptime(text: &str, format: &str, expected: f64) {
    let time = strptime(text, format);
    assert_eq!(time, gmtime(expected), "{text}");
}

#[test]
fn times_are_read() {
    check_strptime(
        "2015-03-05T23:51:47Z",
        "%Y-%m-%dT%H:%M:%S%z",
        1_425_599_507.0,
    );
    check_strptime("2015-03-05T23:51:47+01:30", "%FT%T%z", 1_425_594_107.0);
    check_strptime("5 Mar 15 11pm", "%e %b %y %I%p", 1_425_596_400.0);
    check_strptime("1425599507 UTC", "%s %Z", 1_425_599_507.0);
    check_strptime("2015 64", "%Y %j", 1_425_513_600.0);
    check_strptime("2015 W10-4", "%G W%V-%u", 1_425_513_600.0);
    check_strptime("1970-01-01 00:00:00.25", "%F %T.%f", 0.25);
}

#[track_caller]
fn check_refusal(text: &str, format: &str, expected: &str) {
    let message = format!("failed to parse \"{text}\" with \"{format}\": {expected}");
    assert_eq!(strptime(text, format), Err(Failure::Failed(message)));
}

#[test]
fn what_is_no_time_is_said_in_the_words_of_timefmt() {
    check_refusal("2015-13", "%Y-%m", "cannot parse \"%m\"");
    check_refusal("2015", "%Y-", "expected '-'");
    check_refusal("2015x", "%Y", "unparsed string \"x\"");
    check_refusal("x", "%Q", "unexpected format \"%Q\"");
    check_refusal("+1", "%z", "cannot parse \"%z\"");
    check_refusal("+0100", "%:z", "expected ':' for \"%:z\"");
    let cet = strptime("CET", "%Z");
    assert!(matches!(cet, Err(Failure::Unsupported(_))));
}
