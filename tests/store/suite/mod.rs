//! What every store must do, whatever lies below it. Each sentence is run once a database.

mod acts;
mod audit;
mod fixture;
mod concurrency;
mod concurrent_changes;
mod identities;
mod end_login;
mod replay;
mod passwords;
mod sessions;
mod throttle;
mod maintenance;

pub use acts::*;
pub use audit::*;
pub use concurrency::*;
pub use concurrent_changes::*;
pub use end_login::*;
pub use fixture::*;
pub use identities::*;
pub use maintenance::*;
pub use passwords::*;
pub use replay::*;
pub use sessions::*;
pub use throttle::*;

/// Makes a test of every sentence of the suite, each with a database of its own from `$open`.
macro_rules! conformance_tests {
    ($open:path) => {
        suite::database_tests! { $open =>
            a_login_is_spent_once_and_says_when
            what_was_not_committed_did_not_happen
            what_ran_out_is_forgotten_and_nothing_else
            an_identity_leads_to_its_account_and_to_no_other
            subjects_that_differ_only_in_case_are_two_people
            subjects_are_compared_byte_for_byte
            identities_are_counted_by_provider_and_issuer
            a_taken_name_leads_to_the_next_free_one_and_says_whose_it_is
            a_name_that_looks_like_anothers_is_taken_and_nobody_is_found_by_it
            a_name_that_is_taken_with_all_its_numbers_makes_no_account
            the_same_address_never_ties_two_people
            an_identity_that_comes_back_after_it_was_untied_gets_a_new_account
            an_identity_of_another_account_cannot_be_linked
            tying_and_untying_end_the_sessions_of_the_account
            a_new_name_is_refused_while_another_has_it
            groups_are_added_and_removed
            accounts_are_listed_by_name_page_by_page
            a_password_is_found_by_the_folded_name_of_its_account
            a_password_that_was_changed_meanwhile_is_not_written_over
            an_account_that_is_removed_leaves_nothing_but_its_name_free
            all_sessions_of_an_account_end_but_the_one_that_asked
            passwords_are_counted_by_how_they_were_made
            a_session_holds_until_it_runs_out
            a_session_that_is_used_lasts_but_not_for_ever
            using_a_session_writes_once_in_a_twentieth_of_its_idle_time
            a_session_that_was_ended_is_dead
            disabling_an_account_ends_its_sessions
            a_session_that_slipped_in_while_the_account_was_off_stays_dead
            the_session_crate_finds_what_a_login_opened
            the_session_crate_keeps_loads_and_deletes_records
            each_sign_in_leaves_a_row
            repeated_refusals_are_one_row_a_minute
            refusals_that_were_only_counted_join_the_row_of_their_kind
            refusals_of_another_kind_are_another_row
            a_reference_code_is_explained_with_its_own_facts
            the_audit_of_one_account_is_listed_newest_first
            what_strangers_wrote_stays_on_its_line
            a_login_ends_the_same_whether_the_account_is_cached_or_not
            a_first_login_makes_an_account_by_the_rules_or_is_refused
            a_login_that_leaves_no_session_is_written_down
            the_session_and_the_audit_hold_what_the_login_brought
            a_returning_person_is_one_statement_whatever_alphabet_names_are_in
            logins_that_end_at_once_each_get_their_own_answer
            a_caller_that_hangs_up_takes_no_other_login_along
            a_login_opens_nothing_once_another_password_than_the_one_compared_is_set
            what_goes_while_a_login_opens_its_session_takes_that_session_along
            a_tie_made_or_undone_beside_a_login_ends_the_session_that_it_opens
            admins_who_set_one_password_at_once_never_meet_a_deadlock
            a_login_waits_for_what_takes_its_ground_away_and_opens_nothing_after_it
            of_a_crowd_of_logins_no_session_outlives_the_password_it_was_opened_by
            a_session_is_carried_over_only_while_it_is_alive
            logins_beside_every_change_of_what_they_stand_on_never_meet_a_deadlock
            an_act_that_another_admin_did_a_moment_before_is_done_and_audited_once
            a_release_that_cannot_be_audited_forgives_nothing
            an_account_disabled_at_another_instance_gets_no_session_and_no_token_here
            acts_beside_each_other_and_beside_logins_never_meet_a_deadlock
            wrong_passwords_are_counted_for_all_instances
            a_key_counts_once_an_attempt_however_many_keys_there_are
            attempts_at_once_are_each_counted
            a_right_password_forgives_its_own_and_is_remembered
            a_right_password_forgives_those_at_its_own_spelling_alone
            tries_are_forgotten_after_a_day_and_known_places_later
            sessions_of_a_longer_idle_time_end_sooner_under_a_shorter_one
            an_old_row_of_the_audit_goes_with_its_codes_and_no_younger_one
            keys_are_kept_and_changed
            a_database_is_opened_again_as_it_was_left
            a_newer_schema_is_refused
            a_healthy_database_says_so
            of_fifty_callbacks_at_once_exactly_one_wins
            two_who_wish_the_same_name_at_once_get_two_accounts
            one_identity_that_comes_twice_at_once_gets_one_account
            sixteen_writers_and_as_many_readers_never_meet_a_lock
            two_processes_on_one_database_take_turns
            several_instances_may_start_at_once
            of_the_instances_that_start_on_an_older_schema_one_upgrades_it
        }
    };
}

macro_rules! database_tests {
    ($open:path => $($sentence:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sentence() {
                let fixture = $open().await;
                suite::$sentence(&fixture).await;
                fixture.clean_up().await;
            }
        )+
    };
}

pub(crate) use {conformance_tests, database_tests};
