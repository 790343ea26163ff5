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
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(PathBuf::from);
    let found = env::split_paths(&path)
        .chain(folders)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        let is_required = env::var_os("RECIPE_SERVERS").is_some_and(|it| it == "required");
        assert!(!is_required, "{name} is not installed");
        eprintln!("left out: {name} is not installed");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_path_and_in_the_folders() {
        assert!(server("sh", &[]).is_some());
        assert!(server("cargo-of-nobody", &["/bin"]).is_none());
    }
}
