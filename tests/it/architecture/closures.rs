//! Closures in closures in closures: who reads the innermost has to keep in mind what three of them hold. It has a function of its
//! own instead, or a name beside the others.

use super::sources;

/// How many closures may stand in each other.
const DEEPEST: usize = 2;

/// What stands before a closure; before the sign of an operator or between patterns stands something that ends an expression.
const BEFORE: [&str; 16] =
    ["(", "[", "{", ",", ";", ":", "=", "=>", "&", "!", "||", "return", "break", "move", "else", "in"];

#[test]
fn no_closure_is_in_a_closure_of_a_closure() {
    for (path, text) in sources() {
        let before_tests = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
        for (line, depth) in closures(before_tests) {
            assert!(depth <= DEEPEST, "{}:{line} is a closure {depth} deep", path.display());
        }
    }
}

#[test]
fn closures_are_counted_and_nothing_else() {
    let depths = |code: &str| -> Vec<usize> { closures(code).into_iter().map(|(_, depth)| depth).collect() };
    assert_eq!(depths("a.map(|x| x.map(move |(y, _): (u8, Vec<u8>)| y.filter(|z| *z)))"), [1, 2, 3]);
    assert_eq!(depths("let f = || { g(|| 1); };\nlet h = |x: u8| -> u8 { x };"), [1, 2, 1]);
    assert_eq!(depths("f(|a| a + 1, |b| match b { A | B => 1, _ => 2 }, &|| c || d)"), [1, 1, 1]);
    assert_eq!(depths("f(|x| |y| x | y, |z| move |a, b| g(|c| c), |d| d)"), [1, 2, 1, 2, 3, 1]);
    // The comma of a list of types ends no closure.
    assert_eq!(depths("f(|x| x.collect::<Result<Vec<A>, B>>().map(|y| y))"), [1, 2]);
    let none = [
        "if a || b && (c | d) == 1 { matches!(e, X(_) | Y { .. } | 'z' | \"w\") } else { f || g }",
        "// f(|x| x)\n/* || /* || */ */ g(\"(|x| \\\" x)\", r#\"(|x|\"#, b'|', '|', '\\'', h::<'a>)",
    ];
    for code in none {
        assert!(closures(code).is_empty(), "{code}");
    }
    assert_eq!(closures("f(\n    |a: &'a str| {\n        g(|b| b)\n    },\n)"), [(2, 1), (3, 2)]);
}

/// The closures of a code: the line of each, and how many closures it is in, itself among them.
fn closures(code: &str) -> Vec<(usize, usize)> {
    let tokens = tokens(code);
    let partners = partners(&tokens);
    let (mut found, mut around, mut body): (Vec<(usize, usize)>, Vec<usize>, usize) = (Vec::new(), Vec::new(), 0);
    for at in 0..tokens.len() {
        around.retain(|&end| end > at);
        let is_begun = at == 0 || at == body || BEFORE.contains(&tokens[at - 1].0);
        if let Some(begin) = is_begun.then(|| body_of(at, &tokens, &partners)).flatten() {
            around.push(end_of(begin, &tokens, &partners));
            found.push((tokens[at].1, around.len()));
            body = begin;
        }
    }
    found
}

/// Where the body of the closure at `at` begins; `None` where none is.
fn body_of(at: usize, tokens: &[(&str, usize)], partners: &[usize]) -> Option<usize> {
    let mut next = at + 1;
    match tokens[at].0 {
        "||" => {}
        "|" => {
            while tokens.get(next)?.0 != "|" {
                if matches!(tokens[next].0, ")" | "]" | "}" | ";" | "=>") {
                    return None;
                }
                next = partners[next] + 1;
            }
            next += 1;
        }
        _ => return None,
    }
    if tokens.get(next)?.0 == "->" {
        next += tokens[next..].iter().position(|token| token.0 == "{")?;
    }
    Some(next)
}

/// Behind the body of a closure that begins at `begin`.
fn end_of(begin: usize, tokens: &[(&str, usize)], partners: &[usize]) -> usize {
    match tokens[begin].0 {
        "{" => return partners[begin] + 1,
        "move" => return end_of(begin + 1, tokens, partners),
        _ => {}
    }
    // The parameters of a closure that is the body may have commas.
    if let Some(inner) = body_of(begin, tokens, partners) {
        return end_of(inner, tokens, partners);
    }
    let mut at = begin;
    while at < tokens.len() && !matches!(tokens[at].0, ")" | "]" | "}" | "," | ";") {
        at = if tokens[at].0 == "::" && tokens.get(at + 1).is_some_and(|token| token.0 == "<") {
            behind_types(at + 1, tokens)
        } else {
            partners[at] + 1
        };
    }
    at
}

/// Behind the list of types that begins at `at`.
fn behind_types(mut at: usize, tokens: &[(&str, usize)]) -> usize {
    let mut depth = 0;
    while at < tokens.len() {
        match tokens[at].0 {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// For a bracket that opens the place of the one that closes it; for other tokens their own place.
fn partners(tokens: &[(&str, usize)]) -> Vec<usize> {
    let mut partners: Vec<usize> = (0..tokens.len()).collect();
    let mut open = Vec::new();
    for (at, (text, _)) in tokens.iter().enumerate() {
        match *text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => partners[open.pop().expect("brackets fit")] = at,
            _ => {}
        }
    }
    partners
}

/// The tokens of a code with their lines; a literal is one, comments are none.
fn tokens(code: &str) -> Vec<(&str, usize)> {
    let (mut found, mut rest, mut line) = (Vec::new(), code, 1);
    while !rest.is_empty() {
        let (token, behind) = rest.split_at(length(rest));
        let is_comment = token.starts_with("//") || token.starts_with("/*");
        if !is_comment && !token.starts_with(char::is_whitespace) {
            found.push((token, line));
        }
        line += token.matches('\n').count();
        rest = behind;
    }
    found
}

/// How long the token, comment or character of space is that `rest` begins with.
fn length(rest: &str) -> usize {
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let behind = &rest[word..];
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    match (&rest[..word], behind.as_bytes().first()) {
        ("", Some(b'/')) if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
        ("", Some(b'/')) if rest.starts_with("/*") => comment(rest),
        ("r" | "br" | "cr", _) if behind[hashes..].starts_with('"') => {
            let end = format!("\"{}", &behind[..hashes]);
            let text = word + hashes + 1;
            rest[text..].find(&end).map_or(rest.len(), |at| text + at + end.len())
        }
        ("" | "b" | "c", Some(b'"')) => word + quoted(behind, '"'),
        ("b", Some(b'\'')) => word + quoted(behind, '\''),
        ("", Some(b'\'')) => {
            let mut letters = behind.chars().skip(1);
            let is_letter = letters.next() == Some('\\') || letters.next() == Some('\'');
            if is_letter { quoted(behind, '\'') } else { 1 }
        }
        ("", _) => ["||", "->", "=>", "::"]
            .iter()
            .find(|sign| rest.starts_with(**sign))
            .map_or_else(|| rest.chars().next().map_or(0, char::len_utf8), |sign| sign.len()),
        _ => word,
    }
}

/// How long the literal in quotes is that `rest` begins with.
fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return at + quote.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    rest.len()
}

/// How long the comment is that `rest` begins with; there may be others in it.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}
