//! What a program is made of when all its names are known.
//!
//! Where gojq has instructions for a stack machine, a node stands for the group
//! of them that one construct becomes. Variables, parameters and labels are
//! found by how many bindings lie between; functions by their number.

use std::rc::Rc;

use super::super::native::Native;
use super::super::syntax::{Arithmetic, Comparison};
use super::super::value::Value;

/// One step of a program; gives any number of outputs for an input.
#[derive(Debug)]
pub(in crate::exporter::jq) enum Node {
    Identity,
    /// Gives nothing.
    Empty,
    Const(Value),
    /// The value of a binding.
    Variable(usize),
    /// What the inner node gives at a key that is known.
    Field(Box<Self>, Value),
    /// What the first gives, at what the second gives.
    Index(Box<[Self; 2]>),
    /// What the first gives, from the second to the third.
    Slice(Box<[Self; 3]>),
    /// Each item of what the inner node gives.
    Iterate(Box<Self>),
    Pipe(Box<[Self; 2]>),
    Comma(Box<[Self; 2]>),
    Alternative(Box<[Self; 2]>),
    /// Condition, then, else.
    If(Box<[Self; 3]>),
    /// Body and handler.
    Try(Box<Self>, Option<Box<Self>>),
    Reduce(Box<Fold>),
    Foreach(Box<Fold>),
    Bind(Box<Bind>),
    BindAny(Box<BindAny>),
    Label(Box<Self>),
    Break(usize),
    Object(Vec<Member>),
    Array(Box<Self>),
    Arithmetic(Arithmetic, Box<[Self; 2]>),
    Compare(Comparison, Box<[Self; 2]>),
    Native(Native, Vec<Self>),
    /// Numbers from the first argument to the second, by the third.
    Range(Box<[Self; 3]>),
    /// A function, with how many bindings there are between here and where it
    /// was defined.
    Call(Callee, Vec<Self>),
    /// What was given for a parameter that is no value.
    Parameter(usize),
    Path(Box<Self>),
    /// The value at each path that the inner node gives.
    GetPath(Box<Self>),
    /// `PATH = VALUE` where the path is known.
    AssignAt(Value, Box<Self>),
    /// `_assign`: paths and value.
    Assign(Box<[Self; 2]>),
    /// `_modify`: paths and what becomes of each value.
    Modify(Box<[Self; 2]>),
    /// `PATHS op= VALUE`: the value, then the update, in which it is bound.
    Update(Box<[Self; 2]>),
    /// The first output alone.
    First(Box<Self>),
    /// The last output alone.
    Last(Box<Self>),
    /// The value, and the same for each value that the inner node gives.
    Recurse(Box<Self>),
    /// A node that never gives more than one output.
    One(Box<Self>),
}

/// Which function, and from where.
#[derive(Clone, Copy, Debug)]
pub(in crate::exporter::jq) struct Callee {
    pub(in crate::exporter::jq) function: usize,
    /// How many bindings are between; `None` for a built-in one, which sees
    /// none at all.
    pub(in crate::exporter::jq) hops: Option<usize>,
}

/// `reduce` and `foreach`.
#[derive(Debug)]
pub(in crate::exporter::jq) struct Fold {
    pub(in crate::exporter::jq) source: Node,
    pub(in crate::exporter::jq) pattern: Pattern,
    pub(in crate::exporter::jq) start: Node,
    pub(in crate::exporter::jq) update: Node,
    /// For `foreach`: what is given; the state itself if nothing is said.
    pub(in crate::exporter::jq) extract: Option<Node>,
}

/// `SOURCE as PATTERN | BODY`
#[derive(Debug)]
pub(in crate::exporter::jq) struct Bind {
    pub(in crate::exporter::jq) source: Node,
    pub(in crate::exporter::jq) pattern: Pattern,
    pub(in crate::exporter::jq) body: Node,
}

/// `SOURCE as PATTERN ?// PATTERN … | BODY`
#[derive(Debug)]
pub(in crate::exporter::jq) struct BindAny {
    pub(in crate::exporter::jq) source: Node,
    /// Each with the number of the name that each of its bindings is for.
    pub(in crate::exporter::jq) patterns: Vec<(Pattern, Vec<usize>)>,
    /// How many names there are in all patterns together; the body has one
    /// binding for each.
    pub(in crate::exporter::jq) names: usize,
    pub(in crate::exporter::jq) body: Node,
    /// Which of the places that outlive an evaluation are this one's; none
    /// inside functions.
    pub(in crate::exporter::jq) place: Option<usize>,
}

/// Parts of a value that are given names.
#[derive(Debug)]
pub(in crate::exporter::jq) enum Pattern {
    Variable,
    Array(Vec<Self>),
    Object(Vec<MemberPattern>),
}

#[derive(Debug)]
pub(in crate::exporter::jq) struct MemberPattern {
    /// Evaluated on the value that is taken apart.
    pub(in crate::exporter::jq) key: Key,
    /// Whether the member itself is given a name.
    pub(in crate::exporter::jq) bound: bool,
    pub(in crate::exporter::jq) inner: Option<Pattern>,
}

/// A key that is known, or what gives it.
#[derive(Debug)]
pub(in crate::exporter::jq) enum Key {
    Known(Rc<str>),
    Given(Node),
}

/// One member of an object.
#[derive(Debug)]
pub(in crate::exporter::jq) struct Member {
    pub(in crate::exporter::jq) key: Key,
    /// Without one, what stands at the key.
    pub(in crate::exporter::jq) value: Option<Node>,
}

/// A function's body. Its arguments are bound in front of it, the first one
/// outermost.
#[derive(Debug)]
pub(in crate::exporter::jq) struct Function {
    pub(in crate::exporter::jq) body: Node,
}

/// A program.
#[derive(Debug)]
pub(in crate::exporter::jq) struct Plan {
    pub(in crate::exporter::jq) functions: Vec<Function>,
    pub(in crate::exporter::jq) main: Node,
    /// How many places outlive an evaluation.
    pub(in crate::exporter::jq) places: usize,
}

impl Node {
    /// One node after another.
    pub(super) fn pipe(first: Self, second: Self) -> Self {
        Self::Pipe(Box::new([first, second]))
    }

    /// Marks a node that never gives more than one output.
    pub(super) fn marked(self) -> Self {
        match self {
            Self::One(_) => self,
            _ if self.is_one() => Self::One(Box::new(self)),
            _ => self,
        }
    }

    /// Whether there is never more than one output.
    fn is_one(&self) -> bool {
        let all = |nodes: &[Self]| nodes.iter().all(Self::is_one);
        match self {
            Self::Identity
            | Self::Empty
            | Self::Const(_)
            | Self::Variable(_)
            | Self::Array(_)
            | Self::First(_)
            | Self::Last(_)
            | Self::Modify(_)
            | Self::One(_) => true,
            Self::Field(of, _) | Self::GetPath(of) | Self::AssignAt(_, of) => of.is_one(),
            Self::Assign(parts) => parts[1].is_one(),
            Self::Update(parts) => parts[0].is_one(),
            Self::Index(parts)
            | Self::Pipe(parts)
            | Self::Alternative(parts)
            | Self::Arithmetic(_, parts)
            | Self::Compare(_, parts) => all(&**parts),
            Self::Slice(parts) | Self::If(parts) => all(&**parts),
            Self::Try(body, handler) => {
                body.is_one() && handler.as_ref().is_none_or(|handler| handler.is_one())
            }
            Self::Reduce(fold) => fold.start.is_one(),
            Self::Object(members) => members.iter().all(Member::is_one),
            Self::Native(_, arguments) => all(arguments),
            Self::Bind(bind) => {
                matches!(bind.pattern, Pattern::Variable)
                    && bind.source.is_one()
                    && bind.body.is_one()
            }
            Self::Iterate(_)
            | Self::Comma(_)
            | Self::Foreach(_)
            | Self::BindAny(_)
            | Self::Label(_)
            | Self::Break(_)
            | Self::Range(_)
            | Self::Call(..)
            | Self::Parameter(_)
            | Self::Path(_)
            | Self::Recurse(_) => false,
        }
    }
}

impl Member {
    fn is_one(&self) -> bool {
        let key = match &self.key {
            Key::Known(_) => true,
            Key::Given(node) => node.is_one(),
        };
        key && self.value.as_ref().is_none_or(Node::is_one)
    }
}
