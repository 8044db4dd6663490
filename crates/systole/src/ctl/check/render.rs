//! One finding as text, with the line it is about and a mark under it.
//! Not here: which findings there are (systole-config), and where the text goes.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use systole_config::{Diagnostic, Severity};

/// One finding as text, without colours.
pub fn render(diagnostic: &Diagnostic) -> String {
    rendered(diagnostic, &Renderer::plain())
}

/// The same as this renderer has it.
pub fn rendered(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let path = diagnostic.path.display().to_string();
    let mut group: Group<'_> = match &diagnostic.place {
        Some(place) => {
            let mark = AnnotationKind::Primary.span(place.marked.clone());
            let mark = if diagnostic.label.is_empty() { mark } else { mark.label(&diagnostic.label) };
            title.element(Snippet::source(&place.text).line_start(place.line).path(path).annotation(mark))
        }
        None => title.element(annotate_snippets::Origin::path(path)),
    };
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note));
    }
    if let Some(lines) = &diagnostic.suggestion {
        group = group.element(Level::HELP.message(format!("write: {lines}")));
    }
    renderer.render(&[group])
}
