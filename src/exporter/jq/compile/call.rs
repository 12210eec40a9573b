//! Calls: what a name with so many arguments stands for.

use super::super::native::Native;
use super::super::syntax::Query;
use super::super::value::Value;
use super::{
    Builtin, Callee, Compiled, Compiler, Name, Node, Scope, conditional, constant, invalid, prelude,
};

impl Compiler {
    /// A function or, with its `$`, a variable: the innermost of that name,
    /// else a built-in one.
    pub(super) fn call(&mut self, name: &str, arguments: &[Query]) -> Compiled<Node> {
        if let Some(node) = self.known(name, arguments)? {
            return Ok(node);
        }
        if arguments.is_empty() && (name == "$ENV" || name == "env") {
            // Another one at each place: a path knows its value by where it lies.
            return Ok(Node::Const(match &self.environment {
                Value::Object(variables) => Value::object((**variables).clone()),
                environment => environment.clone(),
            }));
        }
        if name.starts_with('$') {
            return Err(invalid(format!("variable not defined: {name}")));
        }
        if let Some(node) = self.construct(name, arguments)? {
            return Ok(node);
        }
        if let Some(function) = self.builtin(name, arguments.len())? {
            let hops = None;
            let arguments = self.arguments(arguments)?;
            return Ok(Node::Call(Callee { function, hops }, arguments));
        }
        match Native::named(name, arguments.len()) {
            Some(native) => Ok(Node::Native(native, self.operands(arguments)?)),
            None => Err(not_defined(name, arguments.len())),
        }
    }

    fn arguments(&mut self, arguments: &[Query]) -> Compiled<Vec<Node>> {
        let arguments = arguments.iter().map(|argument| self.argument(argument));
        arguments.collect()
    }

    fn operands(&mut self, operands: &[Query]) -> Compiled<Vec<Node>> {
        let operands = operands.iter().map(|operand| self.operand(operand));
        operands.collect()
    }

    /// What the program itself defines.
    fn known(&mut self, name: &str, arguments: &[Query]) -> Compiled<Option<Node>> {
        let count = arguments.len();
        let found = self.scope.names.iter().rev().find_map(|known| match known {
            Name::Variable(known, depth) if count == 0 && known == name => {
                Some(Node::Variable(self.scope.hops(*depth)))
            }
            Name::Parameter(known, depth) if count == 0 && known == name => {
                Some(Node::Parameter(self.scope.hops(*depth)))
            }
            Name::Function {
                name: known,
                parameters,
                function,
                depth,
            } if *parameters == count && known == name => {
                let callee = Callee {
                    function: *function,
                    hops: Some(self.scope.depth - depth),
                };
                Some(Node::Call(callee, Vec::new()))
            }
            Name::Variable(..)
            | Name::Parameter(..)
            | Name::Label(..)
            | Name::Hidden
            | Name::Function { .. } => None,
        });
        match found {
            Some(Node::Call(callee, _)) => Ok(Some(Node::Call(callee, self.arguments(arguments)?))),
            found => Ok(found),
        }
    }

    /// A built-in function that is a construct of the machine, or that is so
    /// often used that a call would be a waste.
    fn construct(&mut self, name: &str, arguments: &[Query]) -> Compiled<Option<Node>> {
        Ok(Some(match (name, arguments) {
            ("empty", []) => Node::Empty,
            ("not", []) => conditional(Node::Identity, constant(false), constant(true)),
            ("recurse", []) => Node::Recurse(Box::new(Node::Try(Box::new(each()), None))),
            ("input" | "inputs", []) => return Err(invalid("input(s)/0 is not allowed")),
            ("builtins", []) => Node::Const(Value::array(builtin_names())),
            (_, [only]) => return self.construct_of(name, only),
            ("_index", [of, at]) => Node::Index(self.two_operands(of, at)?),
            ("_modify", [paths, change]) => Node::Modify(self.two_arguments(paths, change)?),
            ("_assign", [paths, value]) => Node::Assign(self.two_arguments(paths, value)?),
            ("_slice", [of, to, from]) => {
                let [of, from, to] = [of, from, to].map(|operand| self.operand(operand));
                Node::Slice(Box::new([of?, from?, to?]))
            }
            ("_range", [from, to, by]) => {
                let [from, to, by] = [from, to, by].map(|operand| self.operand(operand));
                Node::Range(Box::new([from?, to?, by?]))
            }
            _ => return Ok(None),
        }))
    }

    fn construct_of(&mut self, name: &str, only: &Query) -> Compiled<Option<Node>> {
        let known = [
            "path",
            "getpath",
            "last",
            "first",
            "select",
            "map",
            "recurse",
            "map_values",
            "del",
            "with_entries",
            "debug",
        ];
        if !known.contains(&name) {
            return Ok(None);
        }
        let node = match name {
            "path" | "getpath" => self.operand(only)?,
            _ => self.argument(only)?,
        };
        let map = |node| Node::Array(Box::new(Node::pipe(each(), node)));
        Ok(Some(match name {
            "path" => Node::Path(Box::new(node)),
            "getpath" => Node::GetPath(Box::new(node)),
            "last" => Node::Last(Box::new(node)),
            "first" => Node::First(Box::new(node)),
            "select" => conditional(node, Node::Identity, Node::Empty),
            "map" => map(node),
            "recurse" => Node::Recurse(Box::new(node)),
            "map_values" => Node::Modify(Box::new([each(), node])),
            "del" => {
                let paths = Node::Array(Box::new(Node::Path(Box::new(node))));
                native("delpaths", vec![paths])?
            }
            "with_entries" => Node::pipe(
                native("to_entries", Vec::new())?,
                Node::pipe(map(node), native("from_entries", Vec::new())?),
            ),
            // There is one only where a program reads its input by itself.
            _ => return Err(not_defined("debug", 1)),
        }))
    }

    /// A function of the prelude, compiled when it is first asked for. It sees
    /// no names but the built-in ones.
    fn builtin(&mut self, name: &str, parameters: usize) -> Compiled<Option<usize>> {
        let compiled = self.builtins.iter();
        let compiled = compiled
            .rev()
            .find(|builtin| builtin.name == name && builtin.parameters == parameters);
        if let Some(builtin) = compiled {
            return Ok(Some(builtin.function));
        }
        let Some(def) = prelude::find(name, parameters) else {
            return Ok(None);
        };
        let function = self.functions.len();
        self.functions.push(None);
        self.builtins.push(Builtin {
            name: def.name.as_str(),
            parameters,
            function,
        });
        let outside = std::mem::replace(
            &mut self.scope,
            Scope {
                inside: true,
                ..Scope::default()
            },
        );
        let compiled = self.function(def);
        self.scope = outside;
        self.functions[function] = Some(compiled?);
        Ok(Some(function))
    }
}

/// `.[]`
fn each() -> Node {
    Node::Iterate(Box::new(Node::Identity))
}

fn native(name: &str, arguments: Vec<Node>) -> Compiled<Node> {
    match Native::named(name, arguments.len()) {
        Some(native) => Ok(Node::Native(native, arguments)),
        None => Err(not_defined(name, arguments.len())),
    }
}

fn not_defined(name: &str, arguments: usize) -> super::CompileError {
    invalid(format!("function not defined: {name}/{arguments}"))
}

/// What `builtins` gives: every function of gojq that has no underscore in
/// front, in order.
fn builtin_names() -> Vec<Value> {
    let mut names: Vec<(&str, usize)> = prelude::names().collect();
    names.extend(Native::names());
    names.extend(prelude::CONSTRUCTS);
    names.sort_unstable();
    let names = names.into_iter().filter(|(name, _)| !name.starts_with('_'));
    let names = names.map(|(name, count)| Value::text(format!("{name}/{count}")));
    names.collect()
}
