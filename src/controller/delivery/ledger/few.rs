//! A list of which there are many, and that nearly always has one item: who declares an
//! entity, what an object declares.

use std::ops::Deref;

/// Such a list. One item takes no memory besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Few<T> {
    #[default]
    None,
    One(T),
    Several(Vec<T>),
}

impl<T> Few<T> {
    pub(super) fn push(&mut self, item: T) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(item),
            Self::One(first) => Self::Several(vec![first, item]),
            Self::Several(mut items) => {
                items.push(item);
                Self::Several(items)
            }
        };
    }

    pub(super) fn retain(&mut self, is_kept: impl Fn(&T) -> bool) {
        let kept = std::mem::take(self).into_iter();
        *self = kept.filter(is_kept).collect();
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Several(items) => items,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::None;
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

impl<'f, T> IntoIterator for &'f Few<T> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, several) = match self {
            Self::None => (None, Vec::new()),
            Self::One(item) => (Some(item), Vec::new()),
            Self::Several(items) => (None, items),
        };
        one.into_iter().chain(several)
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn it_is_a_list_of_any_length() {
        let mut few: Few<u32> = Few::default();
        assert!(few.is_empty());
        for (item, expected) in [(1, &[1][..]), (2, &[1, 2]), (3, &[1, 2, 3])] {
            few.push(item);
            assert_eq!(*few, *expected);
        }
        few.retain(|item| *item != 2);
        assert_eq!(*few, [1, 3]);
        few.retain(|item| *item == 3);
        assert_eq!(few, Few::One(3));
        few.retain(|_| false);
        assert_eq!(few, Few::None);
    }
}
