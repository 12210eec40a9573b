//! Runs a program.
//!
//! Follows `execute.go` of gojq v0.12.17, with the machine's stack turned
//! inside out: a node hands each output to whatever comes next, and returns
//! when it has no more. So backtracking is a return, and a failure is one that
//! nobody in between holds up. Invariant: the order in which operands are
//! evaluated, and the trail that each of them sees, are the machine's.

mod bind;
mod env;
mod fold;
mod member;
mod one;
mod spot;
mod update;

use std::cell::{Cell, RefCell};

use env::{Entry, Env};
use spot::Spot;

use super::RunError;
use super::access;
use super::compile::{Callee, Node, Plan};
use super::fault::{self, Fault, of_type};
use super::native::Context;
use super::order::compare;
use super::value::Value;

/// Why a program goes no further.
enum Stop {
    /// The output that was asked for is there.
    Done,
    Fault(Fault),
    /// `break`, to the label of this number.
    Break(u64),
    /// What happened behind a `try` is none of its business.
    Behind(Box<Stop>),
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
/// memory or its caller's patience ends.
const DEPTH: usize = 20_000;
const STEPS: u64 = 20_000_000;

/// How much stack a node may need before more is taken from the heap, and how
/// much is taken then.
const RED_ZONE: usize = 64 * 1024;
const STACK: usize = 2 * 1024 * 1024;

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
            Ok(Some(value)) => Ok(value),
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
        let flow = stacker::maybe_grow(RED_ZONE, STACK, || self.node(node, env, at, next));
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
            Node::Pipe(parts) => {
                let [first, second] = &**parts;
                self.eval(first, env, at, &mut |spot| {
                    self.eval(second, env, spot, next)
                })
            }
            Node::Comma(parts) => {
                let [first, second] = &**parts;
                self.eval(first, env, at.clone(), next)?;
                self.eval(second, env, at, next)
            }
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
            Node::Native(native, arguments) => {
                self.arguments(arguments, env, at, &mut |input, values, trail| {
                    let value = native.call(self.context, input, values)?;
                    self.spend_on(&value)?;
                    next(Spot { value, trail })
                })
            }
            Node::Range(parts) => self.eval_range(parts, env, at, next),
            Node::Call(callee, arguments) => self.eval_call(*callee, arguments, env, at, next),
            Node::Parameter(hops) => self.parameter(env, *hops, at, next),
            Node::Path(of) => self.eval_path(of, env, at, next),
            Node::GetPath(of) => {
                let input = at.value.clone();
                self.eval(of, env, Spot::new(input), &mut |path| {
                    self.get_path(&at, &path.value, next)
                })
            }
            Node::AssignAt(path, value) => {
                let input = at.value.clone();
                self.eval(value, env, at, &mut |spot| {
                    let value = access::set_path(input.clone(), path, &spot.value)?;
                    next(Spot { value, ..spot })
                })
            }
            Node::Assign(parts) => self.assign(parts, env, at, next),
            Node::Modify(parts) => self.modify(parts, env, at, next),
            Node::Update(parts) => {
                let [value, modify] = &**parts;
                let input = at.value.clone();
                self.eval(value, env, at, &mut |spot| {
                    let env = env.bind(Entry::Value(spot.value));
                    let input = input.clone();
                    let trail = spot.trail;
                    self.eval(
                        modify,
                        &env,
                        Spot {
                            value: input,
                            trail,
                        },
                        next,
                    )
                })
            }
            Node::First(of) => self.eval_first(of, env, at, next),
            Node::Last(of) => self.eval_last(of, env, at, next),
            Node::Recurse(step) => self.recurse(step, env, at, next),
        }
    }

    fn variable(env: &Env<'p>, hops: usize) -> Result<Value, Fault> {
        match env.entry(hops) {
            Some(Entry::Value(value)) => Ok(value.clone()),
            Some(Entry::Stale) => {
                let name = "a variable of `?//` that the pattern taken does not bind";
                Err(Fault::Unsupported(name.to_owned()))
            }
            Some(Entry::Argument(..) | Entry::Label(_)) | None => {
                Err(Fault::Unsupported("a variable out of its scope".to_owned()))
            }
        }
    }

    fn break_to(env: &Env<'p>, hops: usize) -> Box<Stop> {
        match env.entry(hops) {
            Some(Entry::Label(label)) => Box::new(Stop::Break(*label)),
            Some(Entry::Value(_) | Entry::Stale | Entry::Argument(..)) | None => {
                Fault::Unsupported("a label out of its scope".to_owned()).into()
            }
        }
    }

    /// A node of one output at most. Where no track is kept it is computed at
    /// once.
    fn eval_one(&self, node: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        if at.trail.is_some() {
            return self.node(node, env, at, next);
        }
        match self.one(node, env, &at.value)? {
            Some(value) => next(Spot::new(value)),
            None => Ok(()),
        }
    }

    fn eval_alternative(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [left, right] = parts;
        let mut found = false;
        self.eval(left, env, at.clone(), &mut |spot| {
            if !spot.value.is_truthy() {
                return Ok(());
            }
            found = true;
            next(spot)
        })?;
        match found {
            true => Ok(()),
            false => self.eval(right, env, at, next),
        }
    }

    fn eval_if(&self, parts: &'p [Node; 3], env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let [condition, then, otherwise] = parts;
        self.eval(condition, env, Spot::new(at.value.clone()), &mut |spot| {
            let branch = match spot.value.is_truthy() {
                true => then,
                false => otherwise,
            };
            self.eval(branch, env, at.clone(), next)
        })
    }

    fn eval_try(
        &self,
        body: &'p Node,
        handler: Option<&'p Node>,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let flow = self.eval(body, env, at.clone(), &mut |spot| {
            next(spot).map_err(|stop| Box::new(Stop::Behind(stop)))
        });
        match flow.map_err(|stop| *stop) {
            Ok(()) => Ok(()),
            Err(Stop::Behind(stop)) => Err(stop),
            Err(Stop::Fault(Fault::Message(message))) => match handler {
                Some(handler) => self.eval(handler, env, at.with(Value::text(message)), next),
                None => Ok(()),
            },
            Err(Stop::Fault(Fault::Value(value))) => match handler {
                Some(handler) => self.eval(handler, env, at.with(value), next),
                None => Ok(()),
            },
            Err(
                stop @ (Stop::Done
                | Stop::Break(_)
                | Stop::Fault(Fault::Halt(_) | Fault::Unsupported(_))),
            ) => Err(Box::new(stop)),
        }
    }

    fn next_label(&self) -> u64 {
        let label = self.labels.get();
        self.labels.set(label + 1);
        label
    }

    fn eval_label(&self, body: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let label = self.next_label();
        let env = env.bind(Entry::Label(label));
        caught(self.eval(body, &env, at, next), label)
    }

    fn eval_first(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let label = self.next_label();
        let flow = self.eval(of, env, at, &mut |spot| {
            next(spot)?;
            Err(Box::new(Stop::Break(label)))
        });
        caught(flow, label)
    }

    fn eval_last(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let mut last = None;
        self.eval(of, env, at.clone(), &mut |spot| {
            last = Some(spot.value);
            Ok(())
        })?;
        match last {
            Some(value) => next(at.with(value)),
            None => Ok(()),
        }
    }

    fn eval_array(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let mut items = Vec::new();
        self.eval(of, env, at.clone(), &mut |spot| {
            items.push(spot.value);
            Ok(())
        })?;
        next(at.with(Value::array(items)))
    }

    fn eval_path(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let root = Spot::new(at.value.clone()).rooted();
        self.eval(of, env, root, &mut |spot| {
            if !spot.is_intact() {
                return Err(invalid_path(&spot.value).into());
            }
            next(at.with(spot.path()))
        })
    }

    fn recurse(&self, step: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        next(at.clone())?;
        self.eval(step, env, at, &mut |spot| {
            let depth = self.enter(1)?;
            let flow = stacker::maybe_grow(RED_ZONE, STACK, || self.recurse(step, env, spot, next));
            self.depth.set(depth);
            flow
        })
    }

    fn eval_call(
        &self,
        callee: Callee,
        arguments: &'p [Node],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let Some(function) = self.plan.functions.get(callee.function) else {
            return Err(Fault::Unsupported("a function out of its scope".to_owned()).into());
        };
        let mut inner = match callee.hops {
            Some(hops) => env.up(hops),
            None => Env::default(),
        };
        for argument in arguments {
            let entry = match argument {
                // Handed on as it is, so that recursion grows no chain of them.
                Node::Parameter(hops) => env.entry(*hops).cloned(),
                _ => None,
            };
            inner = inner.bind(entry.unwrap_or_else(|| Entry::Argument(argument, env.clone())));
        }
        self.eval(&function.body, &inner, at, next)
    }

    fn parameter(&self, env: &Env<'p>, hops: usize, at: Spot, next: Next<'_>) -> Flow {
        match env.entry(hops) {
            Some(Entry::Argument(node, env)) => self.eval(node, env, at, next),
            Some(Entry::Value(_) | Entry::Stale | Entry::Label(_)) | None => {
                Err(Fault::Unsupported("a parameter out of its scope".to_owned()).into())
            }
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

/// Each item of a value.
impl Machine<'_> {
    fn iterate(&self, at: &Spot, next: Next<'_>) -> Flow {
        match &at.value {
            Value::Array(items) => {
                Self::iterable(at)?;
                for (index, item) in items.iter().enumerate() {
                    next(Spot::step(&at.trail, || Value::count(index), item.clone()))?;
                }
                Ok(())
            }
            Value::Object(members) => {
                Self::iterable(at)?;
                for (name, value) in members.iter() {
                    let key = || Value::String(name.clone());
                    next(Spot::step(&at.trail, key, value.clone()))?;
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let value = fault::of_type(&at.value);
                Err(Fault::new(format!("cannot iterate over: {value}")).into())
            }
        }
    }

    fn iterable(at: &Spot) -> Result<(), Fault> {
        match at.is_intact() {
            true => Ok(()),
            false => {
                let value = of_type(&at.value);
                Err(Fault::new(format!(
                    "invalid path on iterating against: {value}"
                )))
            }
        }
    }
}
