//! What kind of value an expression gives, worked out before a run from the shapes of its names. Where something is not known
//! the answer is "anything"; a mistake is reported only where every possible value would be one.

use super::{
    ExprError, ExprFault, Shape,
    functions::{self, Call, FunctionDef, Gives, Takes},
    scan::{KEYWORDS, Kind, Token, words},
};
use crate::problem::closest;
use std::ops::Range;

/// How deep an expression may be followed; deeper ones count as not known.
const DEEPEST: usize = 60;

/// The shape of an expression without its `${{ }}`, and the kinds that do not fit each other in it. `names` says the shape of a
/// name; an expression that cannot be read has no kind and no mistakes here.
pub fn infer(expression: &str, names: &dyn Fn(&str) -> Option<Shape>) -> (Shape, Vec<ExprError>) {
    let Ok(tokens) = words(expression) else { return (Shape::Any, Vec::new()) };
    let mut infer = Infer { tokens, at: 0, depth: 0, names, faults: Vec::new(), guarded: Guarded::default() };
    let shape = infer.whole();
    if infer.at != infer.tokens.len() {
        return (Shape::Any, Vec::new());
    }
    (shape, infer.faults)
}

/// A `<`, `<=`, `>` or `>=`, in bytes of the expression.
pub(super) struct Comparison {
    /// Where its left side begins.
    pub(super) from: usize,
    pub(super) sign: Range<usize>,
    /// Where its right side ends.
    pub(super) to: usize,
}

/// What of an expression is looked at while it is worked out.
#[derive(Default)]
pub(super) struct Guarded {
    pub(super) comparisons: Vec<Comparison>,
    /// The sides of `+`, `-`, `*`, `//`, `%`, `**`, in bytes of the expression; what is written out is left out.
    pub(super) operands: Vec<Range<usize>>,
}

/// Where an expression without its `${{ }}` asks for an order or calculates; nowhere where it cannot be followed to its end.
pub(super) fn guarded(expression: &str) -> Guarded {
    let Ok(tokens) = words(expression) else { return Guarded::default() };
    if !tokens.iter().any(|token| is_order(token) || is_calculation(token)) {
        return Guarded::default();
    }
    let mut infer =
        Infer { tokens, at: 0, depth: 0, names: &|_| None, faults: Vec::new(), guarded: Guarded::default() };
    infer.whole();
    if infer.at == infer.tokens.len() { infer.guarded } else { Guarded::default() }
}

fn is_order(token: &Token<'_>) -> bool {
    token.kind == Kind::Sign && matches!(token.text, "<" | "<=" | ">" | ">=")
}

fn is_calculation(token: &Token<'_>) -> bool {
    token.kind == Kind::Sign && matches!(token.text, "+" | "-" | "*" | "//" | "%" | "**")
}

/// An expression being followed.
struct Infer<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    names: &'a dyn Fn(&str) -> Option<Shape>,
    faults: Vec<ExprError>,
    guarded: Guarded,
}

/// What a call was given.
#[derive(Default)]
struct Given<'a> {
    shapes: Vec<Shape>,
    /// The texts among them, and their places.
    texts: Vec<Option<Token<'a>>>,
    attribute: Option<Token<'a>>,
}

impl<'a> Infer<'a> {
    fn word(&self) -> &'a str {
        self.tokens.get(self.at).filter(|t| t.kind != Kind::Text).map_or("", |t| t.text)
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        self.at += usize::from(found);
        found
    }

    fn fault(&mut self, token: Token<'a>, message: String, help: &str) {
        self.faults.push(ExprError::new(ExprFault::Type, token.at(), message).with_help(help));
    }

    /// `a if b else c`.
    fn whole(&mut self) -> Shape {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.at = self.tokens.len() + 1;
            return Shape::Any;
        }
        let mut shape = self.either();
        while self.eat("if") {
            self.either();
            shape = if self.eat("else") { shape.either(self.whole()) } else { Shape::Any };
        }
        self.depth -= 1;
        shape
    }

    /// `or`, `and`: the value of one side.
    fn either(&mut self) -> Shape {
        let mut shape = self.negation();
        while matches!(self.word(), "or" | "and") {
            self.at += 1;
            shape = shape.either(self.negation());
        }
        shape
    }

    fn negation(&mut self) -> Shape {
        if self.eat("not") {
            self.negation();
            return Shape::Flag;
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Shape {
        let from = self.tokens.get(self.at).map_or(0, |t| t.start);
        let mut shape = self.sum();
        loop {
            let sign = self.tokens.get(self.at).copied();
            let word = self.word();
            if matches!(word, "==" | "!=" | "<" | "<=" | ">" | ">=") {
                self.at += 1;
                let right = self.sum();
                if let Some(sign) = sign {
                    self.compare(sign, &shape, &right);
                    let to = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
                    if let (true, Some(last)) = (is_order(&sign), to) {
                        let found = Comparison { from, sign: sign.at(), to: last.at().end };
                        self.guarded.comparisons.push(found);
                    }
                }
            } else if word == "in" || word == "not" {
                self.at += if word == "not" { 2 } else { 1 };
                self.sum();
            } else {
                return shape;
            }
            shape = Shape::Flag;
        }
    }

    /// Values of different kinds are never equal and have no order.
    fn compare(&mut self, sign: Token<'a>, left: &Shape, right: &Shape) {
        let single = |s: &Shape| matches!(s, Shape::Text | Shape::Number | Shape::Flag);
        let many = |s: &Shape| matches!(s, Shape::List(_) | Shape::Map(_));
        if single(left) && single(right) && left != right
            || many(left) && single(right)
            || single(left) && many(right)
        {
            let message =
                format!("{}と{}を比べています。等しくなることはありません", left.label(), right.label());
            let help = match (left, right) {
                (Shape::Number, Shape::Text) | (Shape::Text, Shape::Number) => {
                    "数なら引用符を取ります。文字の側には「| int」を付けます"
                }
                (Shape::List(_), _) | (_, Shape::List(_)) => "件数なら「| length」を付けます",
                _ => "同じ種類の値どうしを比べます",
            };
            self.fault(sign, message, help);
        }
    }

    /// `+ - * // % ~`.
    fn sum(&mut self) -> Shape {
        let mut side = self.at;
        let mut shape = self.unary();
        loop {
            let sign = self.tokens.get(self.at).copied();
            let next = self.at + 1;
            match self.word() {
                "~" => {
                    self.at += 1;
                    self.unary();
                    shape = Shape::Text;
                }
                "+" | "-" | "*" | "//" | "%" | "**" => {
                    self.operand(side);
                    self.at += 1;
                    let right = self.unary();
                    self.operand(next);
                    let sign = sign.expect("a word was there");
                    shape = self.calculate(sign, &shape, &right);
                }
                _ => return shape,
            }
            side = next;
        }
    }

    /// Notes the words from `first` to here as a side of a calculation.
    fn operand(&mut self, first: usize) {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let (Some(begin), Some(last)) = (self.tokens.get(first), last) else { return };
        let range = begin.start..last.at().end;
        let is_written_out = first + 1 == self.at && begin.kind != Kind::Name;
        // A side between two signs is met twice.
        if !is_written_out && self.guarded.operands.last() != Some(&range) {
            self.guarded.operands.push(range);
        }
    }

    fn calculate(&mut self, sign: Token<'a>, left: &Shape, right: &Shape) -> Shape {
        let (wrong, help) = match (left, right) {
            (Shape::Text, Shape::Text) if sign.text == "+" => return Shape::Text,
            (Shape::List(_), Shape::List(_)) if sign.text == "+" => {
                return left.clone().either(right.clone());
            }
            (Shape::Any | Shape::Number, Shape::Number) | (Shape::Number, Shape::Any) => {
                return Shape::Number;
            }
            (Shape::Any, Shape::Text) | (Shape::Text, Shape::Any) if sign.text != "+" => {
                (true, "数どうしで計算します。文字なら「| int」を付けます")
            }
            (Shape::Any, _) | (_, Shape::Any) => return Shape::Any,
            (Shape::Text, Shape::Number) | (Shape::Number, Shape::Text) if sign.text == "+" => {
                (true, "文をつなぐなら「~」、足すなら文字の側に「| int」を付けます")
            }
            _ => (true, "数どうしで計算します。文字なら「| int」を付けます"),
        };
        if wrong {
            let message = format!("{}と{}は「{}」で計算できません", left.label(), right.label(), sign.text);
            self.fault(sign, message, help);
        }
        Shape::Any
    }

    fn unary(&mut self) -> Shape {
        if self.eat("-") {
            self.unary();
            return Shape::Number;
        }
        let mut shape = self.primary();
        loop {
            if self.eat("|") {
                shape = self.filter(&shape);
            } else if self.eat("is") {
                self.eat("not");
                self.at += 1;
                if self.word() == "(" {
                    self.given();
                } else if !matches!(self.word(), "" | "and" | "or" | "if" | "else" | "is" | "in" | "not")
                    && self.tokens.get(self.at).is_some_and(|t| t.kind != Kind::Sign)
                {
                    self.primary();
                }
                shape = Shape::Flag;
            } else {
                return shape;
            }
        }
    }

    fn primary(&mut self) -> Shape {
        let Some(token) = self.tokens.get(self.at).copied() else {
            self.at += 1;
            return Shape::Any;
        };
        self.at += 1;
        let shape = match token.kind {
            Kind::Text => Shape::Text,
            Kind::Number => Shape::Number,
            Kind::Sign => match token.text {
                "(" => {
                    let shape = self.whole();
                    if !self.eat(")") {
                        self.at = self.tokens.len() + 1;
                    }
                    shape
                }
                "[" => self.list(),
                "{" => self.map(),
                _ => {
                    self.at = self.tokens.len() + 1;
                    Shape::Any
                }
            },
            Kind::Name if self.word() == "(" => return self.call(token),
            Kind::Name => match token.text {
                "true" | "false" | "True" | "False" => Shape::Flag,
                name if KEYWORDS.contains(&name) => Shape::Any,
                name => (self.names)(name).unwrap_or_default(),
            },
        };
        self.followed(shape)
    }

    /// `.key`, `['key']`, `[0]` behind a value.
    fn followed(&mut self, mut shape: Shape) -> Shape {
        loop {
            if self.eat(".") {
                let key = self.word();
                self.at += 1;
                shape = inner(&shape, key);
            } else if self.word() == "[" {
                self.at += 1;
                let key = self.tokens.get(self.at).copied();
                let first = self.at;
                if !matches!(self.word(), ":") {
                    self.whole();
                }
                let plain = self.at == first + 1 && self.word() == "]";
                shape = match key {
                    Some(key) if plain => inner(&shape, key.text.trim_matches(['\'', '"'])),
                    _ => Shape::Any,
                };
                while self.at < self.tokens.len() && !self.eat("]") {
                    self.at += 1;
                }
            } else {
                return shape;
            }
        }
    }

    fn list(&mut self) -> Shape {
        let mut each: Option<Shape> = None;
        while self.at < self.tokens.len() && !self.eat("]") {
            let one = self.whole();
            each = Some(each.map_or_else(|| one.clone(), |known| known.either(one.clone())));
            if !self.eat(",") && self.word() != "]" {
                self.at = self.tokens.len() + 1;
            }
        }
        Shape::list(each.unwrap_or_default())
    }

    fn map(&mut self) -> Shape {
        let mut keys = Vec::new();
        while self.at < self.tokens.len() && !self.eat("}") {
            let key = self.tokens[self.at];
            self.whole();
            if !self.eat(":") {
                self.at = self.tokens.len() + 1;
                return Shape::Any;
            }
            keys.push((key.text.trim_matches(['\'', '"']).to_owned(), self.whole()));
            if !self.eat(",") && self.word() != "}" {
                self.at = self.tokens.len() + 1;
            }
        }
        Shape::map(keys)
    }

    /// What stands in the `( )` of a call.
    fn given(&mut self) -> Given<'a> {
        let mut given = Given::default();
        self.at += 1;
        while self.at < self.tokens.len() && !self.eat(")") {
            let named = self.tokens.get(self.at + 1).is_some_and(|t| t.text == "=" && t.kind == Kind::Sign);
            let name = if named { self.word() } else { "" };
            self.at += if named { 2 } else { 0 };
            let (first, token) = (self.at, self.tokens.get(self.at).copied());
            let shape = self.whole();
            let text = token.filter(|t| t.kind == Kind::Text && self.at == first + 1);
            match name {
                "attribute" => given.attribute = text,
                "" => {
                    given.shapes.push(shape);
                    given.texts.push(text);
                }
                _ => {}
            }
            if !self.eat(",") && self.word() != ")" {
                self.at = self.tokens.len() + 1;
            }
        }
        given
    }

    fn call(&mut self, name: Token<'a>) -> Shape {
        let given = self.given();
        let shape = match definition(name.text, Call::Function) {
            Some(def) => given_by(def.gives, given.shapes.first().unwrap_or(&Shape::Any), &given),
            None => Shape::Any,
        };
        self.followed(shape)
    }

    fn filter(&mut self, shape: &Shape) -> Shape {
        let Some(name) = self.tokens.get(self.at).copied() else { return Shape::Any };
        self.at += 1;
        let given = if self.word() == "(" { self.given() } else { Given::default() };
        let Some(def) = definition(name.text, Call::Filter) else { return Shape::Any };
        if !fits(def.takes, shape) {
            let message = format!(
                "「{}」は{}に使います（ここにあるのは{}です）",
                name.text,
                def.takes.label(),
                shape.label()
            );
            let help = match shape {
                Shape::List(_) => {
                    "一覧から一つを選ぶか、「| map(attribute='項目')」「| join('、')」を使います"
                }
                Shape::Map(_) => "項目を一つ選びます（例: 照会.宛名番号、照会.rows）",
                _ => "使い方は `shoki functions` で分かります",
            };
            self.fault(name, message, help);
            return Shape::Any;
        }
        self.attribute(name, shape, &given);
        given_by(def.gives, shape, &given)
    }

    /// That the elements have the key that a filter looks at, and may have the value that it looks for.
    fn attribute(&mut self, name: Token<'a>, shape: &Shape, given: &Given<'a>) {
        let key = match name.text {
            "selectattr" | "rejectattr" => given.texts.first().copied().flatten(),
            _ => given.attribute,
        };
        let (Some(token), Shape::List(each)) = (key, shape) else { return };
        let key = token.text.trim_matches(['\'', '"']);
        let Shape::Map(known) = &**each else { return };
        if known.contains_key(key.split('.').next().unwrap_or(key)) {
            let column = key.split('.').fold((**each).clone(), |shape, part| inner(&shape, part));
            self.sought(name, &column, given);
            return;
        }
        let near = closest(key, known.keys().map(String::as_str));
        let some: Vec<&str> = known.keys().map(String::as_str).take(12).collect();
        let listed = || format!("あるのは {} です", some.join("、"));
        let help = near.map_or_else(listed, |near| format!("もしかして「{near}」ですか"));
        self.fault(token, format!("一覧の行に「{key}」という項目はありません"), &help);
    }

    /// That a column may hold what `selectattr` and `rejectattr` look for in it.
    fn sought(&mut self, name: Token<'a>, column: &Shape, given: &Given<'a>) {
        let test = given.texts.get(1).copied().flatten().map_or("", |t| t.text.trim_matches(['\'', '"']));
        let value = match (test, given.shapes.get(2)) {
            ("equalto", Some(value)) => value,
            ("in", Some(Shape::List(each))) => &**each,
            _ => return,
        };
        let single = |s: &Shape| matches!(s, Shape::Text | Shape::Number | Shape::Flag);
        if single(column) && single(value) && column != value {
            let message = format!(
                "{}の項目を{}と比べています。等しくなることはありません",
                column.label(),
                value.label()
            );
            let help = match (column, value) {
                (Shape::Text, Shape::Number) => "項目は文字なので、'1' のように引用符で囲みます",
                (Shape::Number, Shape::Text) => "項目は数なので、引用符を取るか「| int」を付けます",
                _ => "同じ種類の値どうしを比べます",
            };
            self.fault(name, message, help);
        }
    }
}

fn definition(name: &str, call: Call) -> Option<&'static FunctionDef> {
    functions::functions().iter().find(|d| d.name == name && d.call == call)
}

/// Whether a filter may be put behind a value of that shape.
fn fits(takes: Takes, shape: &Shape) -> bool {
    let list = matches!(shape, Shape::List(_));
    let map = matches!(shape, Shape::Map(_));
    *shape == Shape::Any
        || match takes {
            Takes::Any => true,
            Takes::Single => !list && !map,
            Takes::Text => !list && !map && *shape != Shape::Flag,
            Takes::List => list,
            Takes::TextOrList => list || *shape == Shape::Text,
            Takes::Countable => list || map || *shape == Shape::Text,
        }
}

/// The shape that a call gives.
fn given_by(kind: Gives, shape: &Shape, given: &Given<'_>) -> Shape {
    match kind {
        Gives::Text => Shape::Text,
        Gives::Texts => Shape::list(Shape::Text),
        Gives::Number => Shape::Number,
        Gives::Flag => Shape::Flag,
        Gives::Same => shape.clone(),
        Gives::Either => shape.clone().either(given.shapes.first().cloned().unwrap_or(Shape::Text)),
        Gives::Element => element(shape),
        Gives::Attribute => match (given.attribute, element(shape)) {
            (Some(key), each) => Shape::list(inner(&each, key.text.trim_matches(['\'', '"']))),
            _ => Shape::list(Shape::Any),
        },
        Gives::Best => {
            Shape::map([("row", element(shape)), ("level", Shape::Number), ("count", Shape::Number)])
        }
    }
}

fn element(shape: &Shape) -> Shape {
    match shape {
        Shape::List(each) => (**each).clone(),
        Shape::Text => Shape::Text,
        _ => Shape::Any,
    }
}

/// The shape of a key or an element of a value.
fn inner(shape: &Shape, key: &str) -> Shape {
    match shape {
        Shape::Map(keys) => keys.get(key).cloned().unwrap_or_default(),
        Shape::List(each) if key.parse::<usize>().is_ok() => (**each).clone(),
        _ => Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<Shape> {
        let line = Shape::map([("氏名", Shape::Text), ("数", Shape::Number)]);
        match name {
            "照会" => Some(Shape::map([("rows", Shape::list(line)), ("count", Shape::Number)])),
            "文" => Some(Shape::Text),
            _ => None,
        }
    }

    fn shape(text: &str) -> Shape {
        let (shape, faults) = infer(text, &known);
        assert!(faults.is_empty(), "{text}: {faults:?}");
        shape
    }

    fn fault(text: &str) -> String {
        let (_, faults) = infer(text, &known);
        faults.first().map_or_else(String::new, |f| f.message.clone())
    }

    #[test]
    fn what_is_known_is_known() {
        for (text, expected) in [
            ("照会.count", Shape::Number),
            ("照会['count']", Shape::Number),
            ("照会.rows[0].氏名", Shape::Text),
            ("照会.rows | length", Shape::Number),
            ("照会.rows | map(attribute='氏名') | join('、')", Shape::Text),
            ("照会.rows | selectattr('数', 'equalto', 1) | first", element(&shape("照会.rows"))),
            ("照会.count == 1 and not 文 is none", Shape::Flag),
            ("文 if 照会.count > 0 else ''", Shape::Text),
            ("best_name(照会.rows, 文).row.数", Shape::Number),
            ("{'a': 1}.a + 2 * 3", Shape::Number),
            ("文 ~ 1", Shape::Text),
            ("何か | default('')", Shape::Any),
            ("文 in ['a', 'b']", Shape::Flag),
            ("照会.rows[0:2]", Shape::Any),
            ("照会.rows | selectattr('氏名', 'equalto', '1') | length", Shape::Number),
            ("照会.rows | selectattr('氏名', 'equalto', none) | length", Shape::Number),
            ("照会.rows | selectattr('数', 'in', [1, 2]) | length", Shape::Number),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (text, part) in [
            ("照会.count == '1'", "比べています"),
            ("照会 | sum", "「sum」は一覧に使います"),
            ("照会.rows | wareki", "「wareki」は文字に使います"),
            ("照会.rows | selectattr('氏', 'equalto', 'x')", "「氏」という項目はありません"),
            ("照会.rows | map(attribute='氏名前')", "「氏名前」という項目はありません"),
            ("文 - 1", "計算できません"),
            ("何か * 文", "計算できません"),
            ("照会.rows > 0", "比べています"),
            ("照会.rows | selectattr('氏名', 'equalto', 1)", "文字の項目を数と"),
            ("照会.rows | rejectattr('数', 'equalto', '1')", "数の項目を文字と"),
            ("照会.rows | selectattr('氏名', 'in', [1, 2])", "文字の項目を数と"),
        ] {
            assert!(fault(text).contains(part), "{text}: {}", fault(text));
        }
    }
}
