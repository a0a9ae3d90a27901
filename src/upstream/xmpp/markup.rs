//! A server's stream without comments and processing instructions. RFC 6120 §11.1 forbids them and the XML library
//! refuses them, but nothing depends on them.

/// Leaves out comments and processing instructions, which may come in several parts. The XML declaration counts as one.
/// What stands in a CDATA section is text.
#[derive(Debug, Default)]
pub struct Markup {
    within: Within,
    /// What the next part decides about.
    undecided: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Within {
    #[default]
    Neither,
    Comment,
    Instruction,
    Cdata,
}

impl Within {
    const BEGUN: [Self; 3] = [Self::Comment, Self::Instruction, Self::Cdata];

    fn start(self) -> &'static str {
        match self {
            Self::Neither => "<",
            Self::Comment => "<!--",
            Self::Instruction => "<?",
            Self::Cdata => "<![CDATA[",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Neither => "",
            Self::Comment => "-->",
            Self::Instruction => "?>",
            Self::Cdata => "]]>",
        }
    }
}

impl Markup {
    /// Takes the next part, and gives what stays of it.
    pub fn take(&mut self, part: &str) -> String {
        let (mut kept, text) = (String::new(), std::mem::take(&mut self.undecided) + part);
        let mut rest = text.as_str();
        loop {
            rest = match self.within {
                Within::Neither => {
                    let (before, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
                    kept.push_str(before);
                    if Within::BEGUN.into_iter().any(|begun| begun.start().starts_with(tag)) {
                        return self.wait_for_more(tag, kept);
                    }
                    self.within =
                        Within::BEGUN.into_iter().find(|begun| tag.starts_with(begun.start())).unwrap_or_default();
                    let (start, after) = tag.split_at(self.within.start().len());
                    if matches!(self.within, Within::Neither | Within::Cdata) {
                        kept.push_str(start);
                    }
                    after
                }
                begun @ (Within::Comment | Within::Instruction | Within::Cdata) => {
                    let Some(at) = rest.find(begun.end()) else {
                        // The end may have begun.
                        let (inner, cut) = rest.split_at(rest.floor_char_boundary(rest.len().saturating_sub(2)));
                        if begun == Within::Cdata {
                            kept.push_str(inner);
                        }
                        return self.wait_for_more(cut, kept);
                    };
                    let (inner, after) = rest.split_at(at + begun.end().len());
                    if begun == Within::Cdata {
                        kept.push_str(inner);
                    }
                    self.within = Within::Neither;
                    after
                }
            };
        }
    }

    fn wait_for_more(&mut self, undecided: &str, kept: String) -> String {
        undecided.clone_into(&mut self.undecided);
        kept
    }

    /// What stays of the last part when the server has ended.
    pub fn end(&mut self) -> String {
        let undecided = std::mem::take(&mut self.undecided);
        match self.within {
            Within::Neither | Within::Cdata => undecided,
            Within::Comment | Within::Instruction => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Markup;

    fn kept<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
        let mut markup = Markup::default();
        let mut kept: String = parts.into_iter().map(|part| markup.take(part)).collect();
        kept += &markup.end();
        kept
    }

    #[test]
    fn comments_and_instructions_are_left_out_wherever_the_network_parts_them() {
        for (said, stays) in [
            ("<?xml version='1.0'?><a><!-- x --><b/><?php y?>é</a>", "<a><b/>é</a>"),
            ("<a>Yw<!-- <b> -- ->-->==<!----></a>", "<a>Yw==</a>"),
            ("<a><![CDATA[<!-- é --> <?x?> ]] ]]>]]></a>", "<a><![CDATA[<!-- é --> <?x?> ]] ]]>]]></a>"),
            ("<!DOCTYPE a><a>&lt;!-- x --&gt;</a>", "<!DOCTYPE a><a>&lt;!-- x --&gt;</a>"),
            ("<a><!-- never ends", "<a>"),
            ("<a><!->", "<a><!->"),
            ("<a/><", "<a/><"),
        ] {
            assert_eq!(kept([said]), stays);
            for (at, _) in said.char_indices() {
                assert_eq!(kept([&said[..at], &said[at..]]), stays, "{at}");
            }
            assert_eq!(kept(said.split_inclusive(|_| true)), stays);
        }
    }

    proptest! {
        #[test]
        fn what_holds_neither_is_passed_on_as_it_is(said in "[<a é!/>&;\\[\\]-]{0,40}") {
            prop_assume!(!said.contains("<!--"));
            prop_assert_eq!(kept(said.split_inclusive(|_| true)), said);
        }
    }
}
