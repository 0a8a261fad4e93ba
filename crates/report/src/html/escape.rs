//! Markup made harmless.

/// Escapes text for HTML and XML, in content and in quoted attributes alike.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No characters of XML 1.0 (section 2.2); `safe` has taken the other controls.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_markup_is_left() {
        assert_eq!(
            escape("<img src=x onerror='alert(\"1\")'>&amp;"),
            "&lt;img src=x onerror=&#39;alert(&quot;1&quot;)&#39;&gt;&amp;amp;"
        );
        assert_eq!(escape("]]>"), "]]&gt;");
        assert_eq!(escape("größer"), "größer");
    }
}
