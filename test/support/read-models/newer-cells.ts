// The cells of the matrix that releases brought since version 1.0.0, from release 10 on. A new release adds its own here.
import type { Cells } from './cells-of-version-1.ts'

/** Sessions of release 10 in the shape of release 0, for projections of an array. */
const ofSession0 = 'array(select log.session_started_0(e) from unnest(p_events) e)'

/** Sessions of release 0 in the shape of release 10, for projections of an array. */
const ofSession10 = 'array(select log.session_started_10(e) from unnest(p_events) e)'

/** Usernames of release 14 in the shape of release 9, for projections of an array. */
const ofUsername9 = 'array(select log.username_changed_9(e) from unnest(p_events) e)'

export const newerCells: readonly Cells[] = [
  {
    message_sent_3: ['02_messages_10 messages_10_on(p_events)'],
    message_edited_5: ['02_messages_10 messages_10_on(event)'],
    message_deleted_5: ['02_messages_10 messages_10_on(event)'],
    session_started_0: ['02_sessions_10 sessions_10_on(log.session_started_10(event))'],
    session_started_10: [
      `01_user_history_7 user_history_7_on(${ofSession0})`,
      '02_sessions_0 sessions_0_on(log.session_started_0(event))',
      '02_sessions_10 sessions_10_on(event)',
      '02_sessions_2 sessions_2_on(log.session_started_0(event))',
    ],
    session_labelled_10: ['02_sessions_10 sessions_10_on(event)'],
    session_ended_0: ['02_sessions_10 sessions_10_on(event)'],
    password_changed_2: ['02_sessions_10 sessions_10_on(event)'],
    user_blocked_6: ['01_block_changes_10 block_changes_10_on(p_events)'],
    user_unblocked_6: ['01_block_changes_10 block_changes_10_on(p_events)'],
  },
  {
    user_registered_0: ['01_personal_events_11 personal_events_11_on(p_events)'],
    user_registered_1: ['01_personal_events_11 personal_events_11_on(p_events)'],
    password_changed_2: ['01_personal_events_11 personal_events_11_on(p_events)'],
    password_rehashed_4: ['01_personal_events_11 personal_events_11_on(p_events)'],
    mail_token_issued_8: ['01_personal_events_11 personal_events_11_on(p_events)'],
    email_verified_8: ['01_personal_events_11 personal_events_11_on(p_events)'],
    username_changed_9: ['01_personal_events_11 personal_events_11_on(p_events)'],
    registration_repeated_9: ['01_personal_events_11 personal_events_11_on(p_events)'],
    session_started_0: ['01_personal_events_11 personal_events_11_on(p_events)'],
    session_started_10: ['01_personal_events_11 personal_events_11_on(p_events)'],
    session_labelled_10: ['01_personal_events_11 personal_events_11_on(p_events)'],
    session_ended_0: ['01_personal_events_11 personal_events_11_on(p_events)'],
  },
  {
    message_sent_3: ['02_blocks_12 blocks_12_on(p_events)'],
    message_edited_5: ['02_blocks_12 blocks_12_on(p_events)'],
    user_blocked_6: ['02_blocks_12 blocks_12_on(event)'],
    user_unblocked_6: ['02_blocks_12 blocks_12_on(event)'],
    user_forgotten_12: [
      '01_user_history_7 user_history_7_on(event)',
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
      '02_blocks_12 blocks_12_on(event)',
      '02_departed_users_12 departed_users_12_on(event)',
      '02_mail_tokens_8 mail_tokens_8_on(event)',
      '02_messages_10 messages_10_on(event)',
      '02_messages_3 messages_3_on(event)',
      '02_messages_5 messages_5_on(event)',
      '02_sessions_0 sessions_0_on(event)',
      '02_sessions_10 sessions_10_on(event)',
      '02_sessions_2 sessions_2_on(event)',
      '02_verified_emails_8 verified_emails_8_on(event)',
    ],
  },
  {
    email_change_requested_13: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '02_requested_emails_13 requested_emails_13_on(event)',
    ],
    email_reversal_offered_13: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '02_replaced_emails_13 replaced_emails_13_on(event)',
    ],
    password_changed_2: ['02_requested_emails_13 requested_emails_13_on(event)'],
    user_forgotten_12: [
      '02_replaced_emails_13 replaced_emails_13_on(event)',
      '02_requested_emails_13 requested_emails_13_on(event)',
    ],
    email_changed_13: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
      '02_mail_tokens_8 mail_tokens_8_on(event)',
      '02_replaced_emails_13 replaced_emails_13_on(event)',
      '02_requested_emails_13 requested_emails_13_on(event)',
    ],
  },
  {
    user_registered_0: [
      '02_reserved_usernames_14 reserved_usernames_14_on(log.user_registered_1(event))',
    ],
    user_registered_1: ['02_reserved_usernames_14 reserved_usernames_14_on(event)'],
    user_forgotten_12: ['02_reserved_usernames_14 reserved_usernames_14_on(event)'],
    username_changed_9: [
      '02_reserved_usernames_14 reserved_usernames_14_on(log.username_changed_14(event))',
    ],
    username_changed_14: [
      `01_personal_events_11 personal_events_11_on(${ofUsername9})`,
      `01_user_history_7 user_history_7_on(${ofUsername9})`,
      '01_users_1 users_1_on(log.username_changed_9(event))',
      '01_users_2 users_2_on(log.username_changed_9(event))',
      '02_reserved_usernames_14 reserved_usernames_14_on(event)',
    ],
  },
  {
    user_forgotten_12: ['02_left_users_15 left_users_15_on(event)'],
    restoration_offered_15: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '02_left_users_15 left_users_15_on(event)',
    ],
    user_left_15: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
      '02_blocks_12 blocks_12_on(event)',
      '02_left_users_15 left_users_15_on(event)',
      '02_mail_tokens_8 mail_tokens_8_on(event)',
      '02_requested_emails_13 requested_emails_13_on(event)',
      '02_reserved_usernames_14 reserved_usernames_14_on(event)',
      '02_sessions_0 sessions_0_on(event)',
      '02_sessions_10 sessions_10_on(event)',
      '02_sessions_2 sessions_2_on(event)',
    ],
    user_restored_15: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
      '02_blocks_12 blocks_12_on(event)',
      '02_left_users_15 left_users_15_on(event)',
      '02_reserved_usernames_14 reserved_usernames_14_on(event)',
    ],
  },
  {},
  {
    message_sent_3: ['02_blocks_17 blocks_17_on(p_events)'],
    message_edited_5: ['02_blocks_17 blocks_17_on(p_events)'],
    user_blocked_6: ['02_blocks_17 blocks_17_on(event)'],
    user_unblocked_6: ['02_blocks_17 blocks_17_on(event)'],
    session_started_0: [`02_suspended_users_17 suspended_users_17_on(${ofSession10})`],
    session_started_10: ['02_suspended_users_17 suspended_users_17_on(p_events)'],
    user_forgotten_12: [
      '02_blocks_17 blocks_17_on(event)',
      '02_reports_17 reports_17_on(event)',
      '02_suspended_users_17 suspended_users_17_on(event)',
    ],
    user_left_15: ['02_blocks_17 blocks_17_on(event)'],
    user_restored_15: ['02_blocks_17 blocks_17_on(event)'],
    user_suspended_17: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
      '02_blocks_17 blocks_17_on(event)',
      '02_sessions_0 sessions_0_on(event)',
      '02_sessions_10 sessions_10_on(event)',
      '02_sessions_2 sessions_2_on(event)',
      '02_suspended_users_17 suspended_users_17_on(event)',
    ],
    user_reinstated_17: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
      '02_blocks_17 blocks_17_on(event)',
      '02_suspended_users_17 suspended_users_17_on(event)',
    ],
    message_reported_17: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '02_reports_17 reports_17_on(event)',
    ],
    report_settled_17: [
      '01_personal_events_11 personal_events_11_on(p_events)',
      '02_reports_17 reports_17_on(event)',
    ],
  },
  {},
]
