use std::env;
use std::path::PathBuf;

/// Where the server program `name` is, of those that a recipe cannot bring along; none where this machine does not have it, which is said.
///
/// Looks in `PATH`, then in `folders`, where Debian puts what is not for everybody.
///
/// # Panics
///
/// If it is not there and `RECIPE_SERVERS=required` is set, as where nothing may be left out.
#[track_caller]
pub fn server(name: &str, folders: &[&str]) -> Option<PathBuf> {
    let is_required = env::var_os("RECIPE_SERVERS").is_some_and(|it| it == "required");
    let found = find(name, folders);
    if found.is_none() {
        is_left_out(name, is_required);
    }
    found
}

fn find(name: &str, folders: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(PathBuf::from);
    env::split_paths(&path)
        .chain(folders)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

#[track_caller]
fn is_left_out(name: &str, is_required: bool) {
    assert!(!is_required, "{name} is not installed");
    eprintln!("left out: {name} is not installed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_path_and_in_the_folders() {
        assert!(find("sh", &[]).is_some());
        assert!(find("sh", &["/bin"]).is_some());
        assert!(find("cargo-of-nobody", &["/bin"]).is_none());
    }

    #[test]
    fn a_server_that_is_not_there_is_left_out() {
        is_left_out("nobody", false);
    }

    #[test]
    #[should_panic(expected = "nobody is not installed")]
    fn a_server_that_is_required_has_to_be_there() {
        is_left_out("nobody", true);
    }
}
