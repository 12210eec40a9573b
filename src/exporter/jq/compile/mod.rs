//! From an expression's tree to a program, every name resolved.
//!
//! Follows `compiler.go` of gojq v0.12.17: what a name means where, which
//! constructs are made of which others, and what is refused. Not here: what a
//! node does when it runs (`run`).

mod call;
mod leftover;
mod literal;
mod node;
mod pattern;
mod prelude;
mod scope;
mod term;

use std::rc::Rc;

pub(super) use node::{
    Bind, BindAny, Callee, Fold, Function, Key, Member, MemberPattern, Node, Pattern, Plan,
};

use scope::{Name, Scope};

use super::CompileError;
use super::native::Native;
use super::syntax::{self, Body, Def, Operator, Query};
use super::value::Value;

/// What compiling gives.
type Compiled<T> = Result<T, CompileError>;

/// Compiles an expression; `environment` is what `env` gives.
///
/// # Errors
///
/// [`CompileError`]: gojq refuses it, or we do.
pub(super) fn compile(query: &str, environment: Value) -> Compiled<Plan> {
    let query = syntax::parse(query).map_err(|error| match error {
        syntax::SyntaxError::Invalid(message) => CompileError::Invalid(message),
        syntax::SyntaxError::Unsupported(name) => CompileError::Unsupported(name),
    })?;
    let mut compiler = Compiler {
        environment,
        functions: Vec::new(),
        builtins: Vec::new(),
        scope: Scope::default(),
        places: 0,
    };
    let main = compiler.query(&query)?.marked();
    let functions = compiler.functions.into_iter().flatten().collect();
    Ok(Plan {
        functions,
        main,
        places: compiler.places,
    })
}

/// What is known while a program is compiled.
struct Compiler {
    environment: Value,
    /// By number; `None` while a body is being compiled.
    functions: Vec<Option<Function>>,
    /// The built-in functions compiled so far.
    builtins: Vec<Builtin>,
    scope: Scope,
    places: usize,
}

struct Builtin {
    name: &'static str,
    parameters: usize,
    function: usize,
}

impl Compiler {
    /// Compiles something whose names end with it.
    fn scoped<T>(&mut self, compile: impl FnOnce(&mut Self) -> Compiled<T>) -> Compiled<T> {
        let mark = self.scope.mark();
        let compiled = compile(self);
        self.scope.reset(mark);
        compiled
    }

    fn query(&mut self, query: &Query) -> Compiled<Node> {
        self.scoped(|compiler| {
            for def in &query.defs {
                compiler.define(def)?;
            }
            compiler.body(&query.body)
        })
    }

    /// An expression that runs as an argument of its own.
    fn argument(&mut self, query: &Query) -> Compiled<Node> {
        let was_inside = std::mem::replace(&mut self.scope.inside, true);
        let node = self.query(query);
        self.scope.inside = was_inside;
        Ok(node?.marked())
    }

    /// An argument of what gojq calls internal: operators and native functions.
    fn operand(&mut self, query: &Query) -> Compiled<Node> {
        Ok(checked_operand(self.argument(query)?))
    }

    fn body(&mut self, body: &Body) -> Compiled<Node> {
        match body {
            Body::Missing => Err(invalid("missing query (try \".\")")),
            Body::Term(term) => self.term(term),
            Body::Binary(operator, left, right) => self.operator(*operator, left, right),
            Body::Bind(source, patterns, body) => {
                let source = self.term(source)?.marked();
                self.scoped(|compiler| compiler.bind(source, patterns, body))
            }
            Body::Label(name, body) => {
                self.scope.bind(Name::Label, name);
                Ok(Node::Label(Box::new(self.query(body)?.marked())))
            }
        }
    }

    fn operator(&mut self, operator: Operator, left: &Query, right: &Query) -> Compiled<Node> {
        Ok(match operator {
            Operator::Pipe => {
                if leftover::is_left(left, right) {
                    return Err(CompileError::Unsupported(
                        "a constant piped to by a condition".to_owned(),
                    ));
                }
                let left = self.query(left)?;
                Node::pipe(left, self.query(right)?)
            }
            Operator::Comma => Node::Comma(self.two(left, right)?),
            Operator::Alternative => Node::Alternative(self.two(left, right)?),
            Operator::Or => {
                let [left, right] = *self.two(left, right)?;
                conditional(left, constant(true), truth(right))
            }
            Operator::And => {
                let [left, right] = *self.two(left, right)?;
                conditional(left, truth(right), constant(false))
            }
            Operator::Compare(comparison) => {
                Node::Compare(comparison, self.two_operands(left, right)?)
            }
            Operator::Arithmetic(arithmetic) => {
                Node::Arithmetic(arithmetic, self.two_operands(left, right)?)
            }
            Operator::Assign => match literal::known_path(left) {
                Some(path) => {
                    Node::AssignAt(Value::array(path), Box::new(self.query(right)?.marked()))
                }
                None => Node::Assign(self.two_arguments(left, right)?),
            },
            Operator::Modify => Node::Modify(self.two_arguments(left, right)?),
            Operator::Update(arithmetic) => {
                self.update(left, right, |sides| Node::Arithmetic(arithmetic, sides))?
            }
            Operator::UpdateAlternative => self.update(left, right, |sides| {
                let [left, right] = *sides;
                Node::Native(Native::alternative(), vec![left, right])
            })?,
        })
    }

    fn two(&mut self, left: &Query, right: &Query) -> Compiled<Box<[Node; 2]>> {
        let left = self.query(left)?.marked();
        Ok(Box::new([left, self.query(right)?.marked()]))
    }

    fn two_arguments(&mut self, left: &Query, right: &Query) -> Compiled<Box<[Node; 2]>> {
        let left = self.argument(left)?;
        Ok(Box::new([left, self.argument(right)?]))
    }

    fn two_operands(&mut self, left: &Query, right: &Query) -> Compiled<Box<[Node; 2]>> {
        let left = self.operand(left)?;
        Ok(Box::new([left, self.operand(right)?]))
    }

    /// `PATHS op= VALUE`: the value is bound once, then every path's value is
    /// joined with it.
    fn update(
        &mut self,
        left: &Query,
        right: &Query,
        join: impl FnOnce(Box<[Node; 2]>) -> Node,
    ) -> Compiled<Node> {
        let value = self.query(right)?.marked();
        self.scoped(|compiler| {
            compiler.scope.hide();
            let paths = compiler.argument(left)?;
            let joined = join(Box::new([Node::Identity, Node::Variable(0)]));
            let modify = Node::Modify(Box::new([paths, joined.marked()]));
            Ok(Node::Update(Box::new([value, modify])))
        })
    }

    /// Makes a function known and compiles its body.
    fn define(&mut self, def: &Def) -> Compiled<()> {
        let function = self.functions.len();
        self.functions.push(None);
        self.scope.names.push(Name::Function {
            name: def.name.clone(),
            parameters: def.parameters.len(),
            function,
            depth: self.scope.depth,
        });
        let compiled = self.function(def)?;
        self.functions[function] = Some(compiled);
        Ok(())
    }

    /// A function's body. A parameter that is a value can be called as well;
    /// its value is what that gives, one after the other.
    fn function(&mut self, def: &Def) -> Compiled<Function> {
        let was_inside = std::mem::replace(&mut self.scope.inside, true);
        let body = self.scoped(|compiler| {
            for parameter in &def.parameters {
                let name = parameter.strip_prefix('$').unwrap_or(parameter);
                compiler.scope.bind(Name::Parameter, name);
            }
            let first = compiler.scope.depth - def.parameters.len();
            compiler.parameters(&def.parameters, first, &def.body)
        });
        self.scope.inside = was_inside;
        Ok(Function {
            body: body?.marked(),
        })
    }

    fn parameters(&mut self, names: &[String], depth: usize, body: &Query) -> Compiled<Node> {
        let Some((name, rest)) = names.split_first() else {
            return self.query(body);
        };
        if !name.starts_with('$') {
            return self.parameters(rest, depth + 1, body);
        }
        let source = Node::Parameter(self.scope.hops(depth));
        self.scope.bind(Name::Variable, name);
        let body = self.parameters(rest, depth + 1, body)?.marked();
        let pattern = Pattern::Variable;
        Ok(Node::Bind(Box::new(Bind {
            source,
            pattern,
            body,
        })))
    }
}

/// A label with nothing behind it is too small an operand for gojq: it takes
/// its one instruction out of the scope that its variable is in, and panics.
fn checked_operand(node: Node) -> Node {
    let is_identity = |node: &Node| match node {
        Node::One(node) => matches!(**node, Node::Identity),
        _ => false,
    };
    match node {
        Node::Label(body) if is_identity(&body) => Node::Native(Native::panic(), Vec::new()),
        node => node,
    }
}

fn invalid(message: impl Into<String>) -> CompileError {
    CompileError::Invalid(message.into())
}

fn conditional(condition: Node, then: Node, otherwise: Node) -> Node {
    Node::If(Box::new([condition, then, otherwise]))
}

fn constant(bool: bool) -> Node {
    Node::Const(Value::Bool(bool))
}

/// Whether what a node gives counts as true.
fn truth(node: Node) -> Node {
    conditional(node, constant(true), constant(false))
}

/// The text of a node that is text.
fn text(text: &str) -> Node {
    Node::Const(Value::text(Rc::<str>::from(text)))
}
