//! The conformance suite: every store passes these tests on each database.

mod operations;
mod access_requests;
mod addresses;
mod audit;
mod fixture;
mod concurrency;
mod concurrent_changes;
mod identities;
mod identity_walk;
mod link_requests;
mod login_rules;
mod merge;
mod own_methods;
mod end_login;
mod erasure;
mod remembered_profile;
mod replay;
mod roles;
mod passwords;
mod search;
mod session_rows;
mod sessions;
mod suspension;
mod throttle;
mod maintenance;

pub use access_requests::*;
pub use addresses::*;
pub use audit::*;
pub use concurrency::*;
pub use concurrent_changes::*;
pub use end_login::*;
pub use erasure::*;
pub use fixture::*;
pub use identities::*;
pub use identity_walk::*;
pub use link_requests::*;
pub use login_rules::*;
pub use maintenance::*;
pub use merge::*;
pub use operations::*;
pub use own_methods::*;
pub use passwords::*;
pub use remembered_profile::*;
pub use replay::*;
pub use roles::*;
pub use search::*;
pub use session_rows::*;
pub use sessions::*;
pub use suspension::*;
pub use throttle::*;

/// Makes a test of every function of the suite, each with a new database from `$open`.
macro_rules! conformance_tests {
    ($open:path) => {
        suite::database_tests! { $open =>
            an_address_claims_only_an_account_that_an_admin_prepared_and_nobody_used
            of_two_identities_with_one_address_one_claims_the_account
            each_kind_of_first_sign_in_claims_the_account
            a_merge_moves_everything_and_an_undo_restores_both_accounts
            only_two_open_accounts_without_a_role_are_merged
            a_merge_is_undone_after_the_later_one_and_what_moved_on_stays
            after_thirty_days_the_closed_account_is_erased_and_nothing_is_undone
            two_merges_in_opposite_directions_leave_one_account_open
            a_login_beside_a_merge_opens_the_account_that_stays_or_none
            a_random_history_of_operations_loses_and_doubles_nothing
            a_suspended_provider_ends_logins_and_sessions_and_resuming_revives_none
            a_login_of_a_cached_account_ends_at_a_suspended_provider
            a_suspension_counts_what_it_affects_and_a_method_there_does_not_count
            no_account_is_proved_or_extended_by_a_suspended_provider
            a_login_is_spent_once_and_its_first_use_is_recorded
            a_dropped_transaction_leaves_nothing
            only_expired_rows_are_pruned
            an_identity_leads_to_its_account_and_to_no_other
            subjects_that_differ_only_in_case_are_two_people
            subjects_are_compared_byte_for_byte
            identities_are_found_by_provider_proof_last_use_and_being_the_only_way
            a_walk_along_the_identities_stops_after_so_many_rows_and_goes_on_without_a_gap
            identities_are_counted_by_provider_and_issuer
            an_identity_whose_subject_something_else_gave_signs_nobody_in
            an_identity_of_unknown_source_takes_that_of_its_next_login
            a_digest_of_an_older_version_stands_for_no_source
            identities_of_a_provider_are_listed_by_issuer
            of_two_first_logins_by_different_sources_one_is_refused
            a_first_login_keeps_how_the_identity_was_linked_and_what_its_provider_sent
            a_login_with_another_profile_replaces_the_kept_one
            each_day_with_a_login_is_kept_with_the_identity
            a_refused_login_leaves_nothing_with_the_identity
            simultaneous_logins_on_a_new_day_or_with_new_profiles_never_deadlock
            an_admins_link_names_the_admin_and_no_sign_in
            an_access_request_is_kept_as_it_was_sent
            simultaneous_requests_of_one_identity_are_one_that_counts_each
            of_simultaneous_decisions_about_a_request_one_counts
            old_access_requests_are_pruned_and_an_accounts_own_go_with_it
            a_confirmed_identity_opens_the_proved_account_and_other_sessions_end
            each_change_of_the_account_after_the_proof_needs_a_new_proof
            a_proof_lasts_five_minutes_counts_once_and_for_its_request_alone
            a_request_waits_fifteen_minutes_and_an_identity_has_five_at_most
            a_person_without_an_account_gets_one_with_the_wished_name_once
            of_simultaneous_answers_one_decides
            an_owner_removes_a_method_but_neither_the_last_one_nor_the_one_in_use
            two_removals_at_once_leave_a_method
            a_method_is_added_only_while_the_session_that_asked_is_live
            identities_are_counted_by_the_client_that_they_came_through
            a_taken_name_yields_the_next_free_one_and_names_its_holder
            a_confusable_name_counts_as_taken_but_finds_no_account
            a_name_with_all_its_numbers_taken_makes_no_account
            the_same_email_address_never_links_two_people
            an_unlinked_identity_that_returns_gets_a_new_account
            an_identity_of_another_account_cannot_be_linked
            linking_and_unlinking_end_the_sessions_of_the_account
            a_rename_to_a_taken_name_is_refused
            groups_are_added_and_removed
            accounts_are_listed_by_name_page_by_page
            a_password_is_found_by_the_folded_name_of_its_account
            a_password_changed_meanwhile_is_not_overwritten
            a_removed_account_leaves_nothing_and_frees_its_name
            all_sessions_of_an_account_end_except_the_current_one
            passwords_are_counted_by_their_hash_settings
            a_session_lives_until_it_expires
            a_used_session_is_prolonged_but_not_beyond_its_absolute_lifetime
            a_session_from_the_future_begins_at_its_first_use
            a_session_in_use_is_written_once_per_twentieth_of_its_idle_time
            an_ended_session_is_not_valid
            disabling_an_account_ends_its_sessions
            a_session_opened_while_the_account_was_disabled_never_becomes_valid
            each_session_has_a_public_id_and_the_browser_of_its_login
            a_session_under_a_new_id_keeps_its_public_id
            sessions_of_an_older_binary_get_a_public_id
            an_upgrade_gives_open_sessions_a_public_id
            the_last_use_of_a_session_is_told_by_its_end
            only_sessions_of_the_account_are_ended_and_each_once
            the_oldest_sessions_of_an_account_with_too_many_end
            the_session_crate_finds_a_session_that_a_login_opened
            the_session_crate_keeps_loads_and_deletes_records
            an_account_is_found_by_the_beginning_of_its_names_and_addresses
            an_account_is_found_by_an_address_that_an_admin_gave_it
            two_admins_on_two_connections_leave_one
            an_account_is_found_by_its_id_and_by_a_subject_at_any_issuer
            search_pages_continue_after_the_last_term_and_name_an_account_once
            what_finds_an_account_follows_each_change_of_it
            accounts_of_an_older_version_get_their_terms_in_steps
            simultaneous_profile_changes_of_one_account_leave_the_terms_of_both
            each_sign_in_leaves_an_audit_row
            repeated_refusals_share_one_row_a_minute
            coalesced_refusals_are_added_to_the_row_of_their_kind
            refusals_of_another_kind_get_another_row
            a_reference_code_is_explained_with_its_own_facts
            the_audit_of_one_account_is_listed_newest_first
            control_characters_in_an_audit_detail_are_removed
            a_login_ends_the_same_whether_the_account_is_cached_or_not
            a_first_login_makes_an_account_by_the_rules_or_is_refused
            a_login_without_a_session_is_audited
            the_session_and_the_audit_hold_the_data_of_the_login
            a_returning_login_is_one_statement_in_any_alphabet
            logins_that_end_together_each_get_their_own_outcome
            a_cancelled_login_does_not_cancel_other_logins
            a_login_opens_no_session_after_the_password_it_checked_was_changed
            a_change_of_the_account_during_a_login_ends_the_session_that_it_opens
            a_link_or_unlink_during_a_login_ends_the_session_that_it_opens
            simultaneous_password_changes_by_admins_never_deadlock
            a_login_waits_for_a_pending_change_of_its_account_and_opens_no_session
            no_session_outlives_the_password_that_opened_it
            only_a_valid_session_can_continue_under_a_new_id
            logins_beside_changes_of_their_account_never_deadlock
            simultaneous_identical_operations_of_two_admins_are_done_and_audited_once
            a_release_that_cannot_be_audited_does_not_reset_counts
            an_account_disabled_at_another_instance_gets_no_session_and_no_token
            simultaneous_operations_and_logins_never_deadlock
            the_counts_of_an_account_are_found_by_any_name_that_led_to_it
            wrong_passwords_are_counted_for_all_instances
            a_key_counts_once_per_attempt_with_any_number_of_keys
            simultaneous_attempts_are_each_counted
            a_right_password_resets_its_own_count_and_makes_its_network_known
            a_right_password_resets_only_the_failures_of_its_own_spelling
            failures_and_known_networks_from_the_future_count_as_of_now
            failures_expire_after_a_day_and_known_networks_later
            a_shorter_idle_time_shortens_existing_sessions
            pruning_removes_an_old_audit_row_with_its_codes_and_no_younger_one
            an_erased_account_loses_its_personal_values_and_keeps_its_rows
            a_refusal_of_an_erased_account_brings_no_personal_value_back
            an_account_that_was_removed_before_is_erased_by_its_id
            signing_keys_are_stored_and_changed
            a_reopened_database_has_its_contents
            a_newer_schema_is_refused
            a_healthy_database_passes_the_health_check
            exactly_one_of_fifty_simultaneous_callbacks_spends_the_login
            simultaneous_logins_with_the_same_name_get_different_accounts
            simultaneous_first_logins_of_one_identity_get_one_account
            sixteen_writers_and_sixteen_readers_see_no_lock_error
            two_processes_on_one_database_take_turns
            several_instances_can_start_at_once
            exactly_one_of_several_starting_instances_upgrades_an_older_schema
        }
    };
}

macro_rules! database_tests {
    ($open:path => $($test:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let fixture = $open().await;
                suite::$test(&fixture).await;
                fixture.clean_up().await;
            }
        )+
    };
}

pub(crate) use {conformance_tests, database_tests};
