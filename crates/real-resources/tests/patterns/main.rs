//! Each pattern of `patterns.md` has a file, named by its title: the pattern's shape, which never leaks, and one without it, which does.

mod ask_on_one_stream;
mod bound_a_cleanup;
mod choose_the_error_of_a_cleanup;
mod commit_or_undo;
mod every_pattern;
mod guard_a_background_task;
mod hand_out_a_type_only_in_a_guard;
mod handle_a_stream;
mod hold_a_lease;
mod keep_values_by_key;
mod open_at_once;
mod open_once_for_many;
mod own_a_value_that_is_not_send;
mod own_guards_in_a_struct;
mod replace_a_guard;
mod run_tasks;
mod set_a_deadline;
mod share_a_value_between_tasks;
mod shield_a_task;
mod stop_on_a_signal;
mod undo_a_step;
mod use_values_in_a_scope;
