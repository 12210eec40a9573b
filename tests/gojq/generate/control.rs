//! Expressions of every kind that steer others: definitions, loops, bindings.

use crate::node::Node;

use super::{Kind, Maker};

/// `~k` stands for an expression of the kind that is asked for.
const STEERING: &[&str] = &[
    "if ~b then ~k else ~k end",
    "if ~b then ~k end",
    "if ~b then ~k elif ~b then ~k else ~k end",
    "if ~b, ~b then ~k else ~k end",
    "~k // ~k",
    "(~p // ~k)",
    "try ~k catch ~k",
    "try error(~a) catch ~k",
    "(try error(~a) catch .) | ~k",
    "~k?",
    "~a | ~k",
    "~l[] | ~k",
    "~k, ~a",
    "~a as ~+ | ~k",
    "~a as ~+ | ~a as ~+ | ~k",
    "~l as [~+, ~+] | ~k",
    "~a as {a: ~+, b: ~+} | ~k",
    "~o as {a: [~+], ~S: ~+} | ~k",
    "~o as {~+} | ~k",
    "~o as {~+: [~+]} | ~k",
    "~o as {(~t): ~+} | ~k",
    "~a as [~+] ?// ~+ | ~k",
    "~a as {a: ~+} ?// [~+] ?// ~+ | ~k",
    "~l[] as [~+] ?// ~+ | if ~b then error(~a) else ~k end",
    "reduce ~l[] as ~+ (~k; ~k)",
    "reduce ~a as ~+ (~k; ~a)",
    "reduce ~l[] as [~+, ~+] (~k; ~k)",
    "reduce (~a, ~a) as ~+ (~k; ~k)",
    "foreach ~l[] as ~+ (~k; ~k)",
    "foreach ~l[] as ~+ (~a; ~a; ~k)",
    "label $l | ~k",
    "label $l | ~k | if ~b then break $l else . end",
    "first(~k)",
    "first(~a, ~k)",
    "limit(~i; ~k)",
    "limit(~i; ~k, ~k, ~a)",
    "nth(~i; ~k, ~a)",
    "skip(~i; ~a, ~k)",
    "last(~a, ~k)",
    "[~k][0]",
    "[~a, ~k] | .[~i]",
    "(~k)",
    "~v",
    "~v | ~k",
];

impl Maker {
    pub(super) fn control(&mut self, kind: Kind, depth: usize) -> Node {
        match self.dice.below(12) {
            11 => self.definition(kind, depth),
            10 if !self.functions.is_empty() => self.call(depth),
            _ => {
                let template = self.dice.pick(STEERING);
                let letter = match kind {
                    Kind::Any | Kind::Path => "~a",
                    Kind::Text => "~t",
                    Kind::Number => "~n",
                    Kind::List => "~l",
                    Kind::Object => "~o",
                    Kind::Bool => "~b",
                };
                self.filled(&template.replace("~k", letter), depth)
            }
        }
    }

    /// A function that doesn't know itself, so that it ends.
    fn definition(&mut self, kind: Kind, depth: usize) -> Node {
        let name = self.dice.pick(&["f", "g", "h", "map", "length"]).to_owned();
        let arity = self.dice.below(3);
        let (functions, variables) = (self.functions.len(), self.variables.len());
        let mut node = Node::text(&format!("def {name}"));
        for at in 0..arity {
            node.push_text(if at == 0 { "(" } else { "; " });
            let parameter = self.dice.pick(&["p", "q", "$r"]);
            node.push_text(parameter);
            match parameter.starts_with('$') {
                true => self.variables.push(parameter.to_owned()),
                false => self.functions.push((parameter.to_owned(), 0)),
            }
        }
        node.push_text(if arity == 0 { ": " } else { "): " });
        let body = self.expression(kind, depth - 1);
        node.push_part(body);
        node.push_text("; ");
        self.functions.truncate(functions);
        self.variables.truncate(variables);
        self.functions.push((name, arity));
        let rest = self.expression(kind, depth - 1);
        node.push_part(rest);
        self.functions.truncate(functions);
        node
    }

    fn call(&mut self, depth: usize) -> Node {
        let at = self.dice.below(self.functions.len());
        let (name, arity) = self.functions[at].clone();
        let mut node = Node::text(&name);
        for at in 0..arity {
            node.push_text(if at == 0 { "(" } else { "; " });
            let argument = self.expression(Kind::Any, depth - 1);
            node.push_part(argument);
        }
        if arity > 0 {
            node.push_text(")");
        }
        node
    }
}
