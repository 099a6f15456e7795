//! Completions and manual pages: made, and of every verb.

use super::shop::{Shop, listing};

fn verbs() -> Vec<String> {
    segmint::cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}

#[test]
fn completions_of_every_shell_know_every_verb() {
    let shop = Shop::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = shop.segmint(&["completions", shell]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        for verb in verbs() {
            assert!(said.stdout.contains(&verb), "{shell} lacks {verb}");
        }
    }
    assert_eq!(shop.segmint(&["completions", "tcsh"]).code, 2);
}

#[test]
fn there_is_a_manual_page_of_every_verb() {
    let shop = Shop::new();
    let page = shop.segmint(&["man"]).stdout;
    let said = shop.segmint(&["man", "-o", "man1"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for verb in verbs() {
        assert!(page.contains(&format!("segmint\\-{verb}(1)")), "{verb}");
        let own = std::fs::read_to_string(shop.path("man1").join(format!("segmint-{verb}.1"))).unwrap();
        assert!(own.contains("NAME") && own.contains("\\-\\-config"), "{verb}");
    }
    assert!(listing(&shop.path("man1")).len() > verbs().len(), "actions of verbs have pages of their own");
    assert_eq!(said.stderr, "");
}
