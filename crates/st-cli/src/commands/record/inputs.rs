//! What can be recorded, for `devices`.

use st_engine::recording::Input;

use crate::end::End;
use crate::out;

/// Writes a table of inputs after whatever stands there already.
pub fn show(inputs: &[Input]) -> Result<(), End> {
    out::line("")?;
    if inputs.is_empty() {
        return out::line("Nothing to record from.");
    }
    out::table(&["input", "sound", "name"], &inputs.iter().map(cells).collect::<Vec<_>>())
}

fn cells(input: &Input) -> Vec<String> {
    let format = match (input.rate, input.channels) {
        (Some(rate), Some(channels)) => format!("{rate} Hz, {channels} ch"),
        _ => "–".into(),
    };
    let mut name = input.name.clone();
    if input.usual {
        name.push_str(" (usual)");
    }
    if input.off {
        name.push_str(" (muted)");
    }
    vec![input.id.clone(), format, name]
}
