//! Runs a program.
//!
//! Follows `execute.go` of gojq v0.12.17, with the machine's stack turned
//! inside out: a node hands each output to whatever comes next, and returns
//! when it has no more. So backtracking is a return, and a failure is one that
//! nobody in between holds up. Invariant: the order in which operands are
//! evaluated, and the trail that each of them sees, are the machine's.

mod bind;
mod call;
mod control;
mod each;
mod env;
mod fold;
mod member;
mod one;
mod spot;
mod update;

use std::cell::{Cell, RefCell};

use env::Env;
use spot::Spot;

use super::RunError;
use super::compile::{Node, Plan};
use super::fault::{Fault, of_type};
use super::native::Context;
use super::order::compare;
use super::value::{Value, deep};

/// Why a program goes no further.
enum Stop {
    /// The output that was asked for is there.
    Done,
    Fault(Fault),
    /// `break`, to the label of this number.
    Break(u64),
    /// What happened behind a `try` is none of its business.
    Behind(Box<Self>),
}

/// Whether to go on for more outputs.
type Flow = Result<(), Box<Stop>>;

/// Whatever comes next.
type Next<'n> = &'n mut dyn FnMut(Spot) -> Flow;

impl From<Fault> for Box<Stop> {
    fn from(fault: Fault) -> Self {
        Self::new(Stop::Fault(fault))
    }
}

/// How deep nodes may wait for one another, and how much may be done in all,
/// in steps of some ten nanoseconds. gojq has no such bounds: it runs until its
/// memory or its caller's patience ends. A fuzzer, whose steps take longer, is to
/// see many ends.
const DEPTH: usize = 20_000;
const STEPS: u64 = if cfg!(fuzzing) { 200_000 } else { 20_000_000 };

/// The first output.
///
/// # Errors
///
/// [`RunError`]: there is none, in gojq or with us.
pub(super) fn first(plan: &Plan, context: &Context, input: &Value) -> Result<Value, RunError> {
    let machine = Machine {
        plan,
        context,
        depth: Cell::new(0),
        steps: Cell::new(0),
        labels: Cell::new(0),
        places: RefCell::new(vec![Vec::new(); plan.places]),
    };
    let failed = |fault: Fault| match fault {
        Fault::Unsupported(name) => RunError::Unsupported(name),
        fault @ (Fault::Message(_) | Fault::Value(_) | Fault::Halt(_)) => {
            RunError::Failed(fault.message())
        }
    };
    if let Node::One(node) = &plan.main {
        return match machine.one(node, &Env::default(), input) {
            Ok(Some(value)) => Ok(value.into_owned()),
            Ok(None) => Err(RunError::NoOutput),
            Err(stop) => Err(failed(stop.fault())),
        };
    }
    let mut output = None;
    let flow = machine.eval(
        &plan.main,
        &Env::default(),
        Spot::new(input.clone()),
        &mut |spot| {
            output = Some(spot.value);
            Err(Box::new(Stop::Done))
        },
    );
    match (output, flow) {
        (Some(value), _) => Ok(value),
        (None, Ok(())) => Err(RunError::NoOutput),
        (None, Err(stop)) => Err(failed(stop.fault())),
    }
}

impl Stop {
    /// The fault that whoever called the program is told.
    fn fault(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Behind(stop) => stop.fault(),
            Self::Done => Fault::new("done"),
            Self::Break(_) => Fault::new("label not defined"),
        }
    }
}

struct Machine<'p> {
    plan: &'p Plan,
    context: &'p Context,
    depth: Cell<usize>,
    steps: Cell<u64>,
    labels: Cell<u64>,
    /// What the variables of `?//` in the main program were last.
    places: RefCell<Vec<Vec<Value>>>,
}

impl<'p> Machine<'p> {
    /// Evaluates a node on a value, and hands on each output.
    fn eval(&self, node: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let depth = self.enter(1)?;
        let flow = deep(|| self.node(node, env, at, next));
        self.depth.set(depth);
        flow
    }

    /// Counts a step, and gives the depth to go back to.
    fn enter(&self, steps: u64) -> Result<usize, Fault> {
        let depth = self.depth.get();
        if depth == DEPTH {
            let name = format!("recursion deeper than {DEPTH}");
            return Err(Fault::Unsupported(name));
        }
        self.spend(steps)?;
        self.depth.set(depth + 1);
        Ok(depth)
    }

    fn spend(&self, steps: u64) -> Result<(), Fault> {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        match spent > STEPS {
            true => Err(Fault::Unsupported(format!("more than {STEPS} steps"))),
            false => Ok(()),
        }
    }

    /// Counts what a value takes in memory, so that nothing can double for ever.
    fn spend_on(&self, value: &Value) -> Result<(), Fault> {
        let size = match value {
            Value::String(text) => text.len() / 4,
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => return Ok(()),
        };
        self.spend(u64::try_from(size).unwrap_or(u64::MAX))
    }

    fn next_label(&self) -> u64 {
        let label = self.labels.get();
        self.labels.set(label + 1);
        label
    }

    fn node(&self, node: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        match node {
            Node::Identity => next(at),
            Node::Empty => Ok(()),
            Node::Const(value) => next(at.with(value.clone())),
            Node::Variable(hops) => next(at.with(Self::variable(env, *hops)?)),
            Node::One(inner) => self.eval_one(inner, env, at, next),
            Node::Field(of, key) => self.eval_field(of, key, env, at, next),
            Node::Index(parts) => self.eval_index(parts, env, at, next),
            Node::Slice(parts) => self.eval_slice(parts, env, at, next),
            Node::Iterate(of) => self.eval(of, env, at, &mut |spot| self.iterate(&spot, next)),
            Node::Pipe(parts) => self.eval_pipe(parts, env, at, next),
            Node::Comma(parts) => self.eval_comma(parts, env, at, next),
            Node::Alternative(parts) => self.eval_alternative(parts, env, at, next),
            Node::If(parts) => self.eval_if(parts, env, at, next),
            Node::Try(body, handler) => self.eval_try(body, handler.as_deref(), env, at, next),
            Node::Reduce(fold) => self.reduce(fold, env, at, next),
            Node::Foreach(fold) => self.foreach(fold, env, at, next),
            Node::Bind(bind) => self.bind(bind, env, at, next),
            Node::BindAny(bind) => self.bind_any(bind, env, at, next),
            Node::Label(body) => self.eval_label(body, env, at, next),
            Node::Break(hops) => Err(Self::break_to(env, *hops)),
            Node::Object(members) => self.object(members, env, &at, next),
            Node::Array(of) => self.eval_array(of, env, at, next),
            Node::Arithmetic(operator, parts) => self.operands(parts, env, at, next, |l, r| {
                self.arithmetic(*operator, l, r)
            }),
            Node::Compare(operator, parts) => self.operands(parts, env, at, next, |l, r| {
                Ok(Value::Bool(operator.holds(compare(&l, &r))))
            }),
            Node::Native(native, arguments) => self.native(*native, arguments, env, at, next),
            Node::Range(parts) => self.eval_range(parts, env, at, next),
            Node::Call(callee, arguments) => self.eval_call(*callee, arguments, env, at, next),
            Node::Parameter(hops) => self.parameter(env, *hops, at, next),
            Node::Path(of) => self.eval_path(of, env, at, next),
            Node::GetPath(of) => self.eval_get_path(of, env, at, next),
            Node::AssignAt(path, value) => self.assign_at(path, value, env, at, next),
            Node::Assign(parts) => self.assign(parts, env, at, next),
            Node::Modify(parts) => self.modify(parts, env, at, next),
            Node::Update(parts) => self.update(parts, env, at, next),
            Node::First(of) => self.eval_first(of, env, at, next),
            Node::Last(of) => self.eval_last(of, env, at, next),
            Node::Recurse(step) => self.recurse(step, env, at, next),
        }
    }

    /// A node of one output at most. Where no track is kept it is computed at
    /// once.
    fn eval_one(&self, node: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        if at.trail.is_some() {
            return self.node(node, env, at, next);
        }
        match self.one(node, env, &at.value)? {
            Some(value) => next(Spot::new(value.into_owned())),
            None => Ok(()),
        }
    }
}

/// Ends a break at its label.
fn caught(flow: Flow, label: u64) -> Flow {
    match flow {
        Err(stop) if matches!(*stop, Stop::Break(to) if to == label) => Ok(()),
        flow => flow,
    }
}

fn invalid_path(value: &Value) -> Fault {
    Fault::new(format!("invalid path against: {}", of_type(value)))
}
