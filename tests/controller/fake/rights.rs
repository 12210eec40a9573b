//! What clients may do here, as an authorizer looks at it. The fake refuses nobody: what
//! was asked beyond a right is told afterwards, and so is a right that nobody used.

use std::collections::BTreeSet;

use glint_gitops::{Reach, Right};

use super::request::Request;

/// What one client was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given {
    pub(super) rights: &'static [Right],
    /// The namespace that it lives in.
    pub(super) own: &'static str,
}

/// What a request needs: (group, resource, verb).
pub(super) type Need = (String, String, &'static str);

impl Given {
    fn covers(&self, right: &Right, request: &Request, need: &Need) -> bool {
        let (group, resource, verb) = need;
        let is_there = match right.reach {
            Reach::Cluster => true,
            Reach::Own => request.namespace == self.own,
            // Which ones are listed is the operator's to say; never all.
            Reach::Listed => !["", self.own].contains(&request.namespace.as_str()),
        };
        let is_named = right.names.is_empty() || right.names.contains(&request.name.as_str());
        let is_it = right.group == group && right.resource == resource;
        is_it && is_there && is_named && right.verbs.contains(verb)
    }
}

/// What was asked for and is given to nobody.
pub(super) fn beyond(given: &[Given], requests: &[Request]) -> BTreeSet<String> {
    let mut beyond = BTreeSet::new();
    for request in requests {
        for need in request
            .needs()
            .into_iter()
            .filter(|need| !is_optional(need, request))
        {
            let mut all = given
                .iter()
                .flat_map(|it| it.rights.iter().map(move |right| (it, right)));
            if !all.any(|(given, right)| given.covers(right, request, &need)) {
                let (group, resource, verb) = need;
                let Request {
                    namespace, name, ..
                } = request;
                beyond.insert(format!("{verb} {resource}.{group} {namespace}/{name}"));
            }
        }
    }
    beyond
}

/// Who has the other dialect's kinds grants them; and a push plans with all CRDs where
/// it may list them, else with witnesses.
fn is_optional((group, _, verb): &Need, request: &Request) -> bool {
    let is_crd = group == "apiextensions.k8s.io";
    group == "getport.io" || (is_crd && (*verb == "list" || request.name.ends_with(".getport.io")))
}

/// What is given and was not asked for, each verb of a right for itself.
pub(super) fn unused(given: &[Given], requests: &[Request]) -> BTreeSet<String> {
    let asked: Vec<(&Request, Need)> = requests
        .iter()
        .flat_map(|request| request.needs().into_iter().map(move |need| (request, need)))
        .collect();
    let mut unused = BTreeSet::new();
    for (given, right) in given
        .iter()
        .flat_map(|it| it.rights.iter().map(move |right| (it, right)))
    {
        let used: BTreeSet<&str> = asked
            .iter()
            .filter(|(request, need)| given.covers(right, request, need))
            .map(|(_, (_, _, verb))| *verb)
            .collect();
        for verb in right.verbs.iter().filter(|verb| !used.contains(**verb)) {
            let Right {
                group,
                resource,
                names,
                ..
            } = right;
            unused.insert(format!("{verb} {resource}.{group} {names:?}"));
        }
    }
    unused
}
