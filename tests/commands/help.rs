//! `--help` explains every command, argument and option.

use std::process::Command;

fn help(command: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_vestibule")).args(command).arg("--help").output().unwrap();
    assert!(ran.status.success(), "{command:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// The lines of one part: `Commands:`, `Arguments:`, `Options:`.
fn part<'h>(help: &'h str, heading: &str) -> Vec<&'h str> {
    let after = help.lines().skip_while(|line| *line != heading).skip(1);
    after.take_while(|line| line.is_empty() || line.starts_with(' ')).collect()
}

/// Entries without an explanation: their line ends after the name, and no line below explains them.
fn unexplained(lines: &[&str]) -> Vec<String> {
    let heads = |line: &&str| line.starts_with("  ") && !line.starts_with("      ") || line.starts_with("      --");
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| heads(line)) {
        let (name, beside) = line.trim().split_once("  ").unwrap_or((line.trim(), ""));
        let below = lines.iter().skip(at + 1).take_while(|line| !heads(line)).map(|line| line.trim());
        let output =
            std::iter::once(beside.trim()).chain(below).any(|words| !words.is_empty() && !words.starts_with('['));
        if !output {
            found.push(name.to_owned());
        }
    }
    found
}

#[test]
fn every_command_argument_and_option_is_explained() {
    let mut commands: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = help(&words);
        for heading in ["Commands:", "Arguments:", "Options:"] {
            assert_eq!(unexplained(&part(&output, heading)), [""; 0], "{words:?} {heading}\n{output}");
        }
        let names = part(&output, "Commands:").into_iter().filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| *name != "help") {
            commands.push([command.as_slice(), &[name.to_owned()]].concat());
        }
        seen += 1;
    }
    assert!(seen > 25, "only {seen} commands were found");
}
