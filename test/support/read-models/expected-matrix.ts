// The matrix of event types and read tables, written out by hand: by which call each event reaches
// each read table. A new release adds its part here.

/** Events of release 0 in the shape of release 1, for projections of an array. */
const ofRelease1 = 'array(select log.user_registered_1(e) from unnest(p_events) e)'

/** Sessions of release 10 in the shape of release 0, for projections of an array. */
const ofSession0 = 'array(select log.session_started_0(e) from unnest(p_events) e)'

/** Usernames of release 14 in the shape of release 9, for projections of an array. */
const ofUsername9 = 'array(select log.username_changed_9(e) from unnest(p_events) e)'

/**
 * By release and event table: `<rank>_<read table> <call>`, the call of the projection. Each line
 * holds for its release and all later ones. The rank is that of the read table in the graph of
 * references, 01 for a table that refers to none.
 */
export const cellsByRelease: readonly Readonly<Record<string, readonly string[]>>[] = [
  {
    user_registered_0: [
      '01_user_ids_0 user_ids_0_on(event)', //
      '01_users_0 users_0_on(event)',
    ],
    session_started_0: ['02_sessions_0 sessions_0_on(event)'],
    session_ended_0: ['02_sessions_0 sessions_0_on(event)'],
  },
  {
    user_registered_0: ['01_users_1 users_1_on(log.user_registered_1(event))'],
    user_registered_1: [
      '01_user_ids_0 user_ids_0_on(log.user_registered_0(event))',
      '01_users_0 users_0_on(log.user_registered_0(event))',
      '01_users_1 users_1_on(event)',
    ],
  },
  {
    user_registered_0: ['01_users_2 users_2_on(log.user_registered_1(event))'],
    user_registered_1: ['01_users_2 users_2_on(event)'],
    session_started_0: ['02_sessions_2 sessions_2_on(event)'],
    session_ended_0: ['02_sessions_2 sessions_2_on(event)'],
    password_changed_2: [
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
      '02_sessions_0 sessions_0_on(event)',
      '02_sessions_2 sessions_2_on(event)',
    ],
  },
  {
    message_sent_3: ['02_messages_3 messages_3_on(p_events)'],
  },
  {
    message_sent_3: ['01_conversations_4 conversations_4_on(p_events)'],
    conversation_read_4: [
      '01_conversations_4 conversations_4_on(event)',
      '01_receipts_4 receipts_4_on(event)',
    ],
    password_rehashed_4: [
      '01_users_0 users_0_on(event)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
    ],
  },
  {
    message_sent_3: ['02_messages_5 messages_5_on(p_events)'],
    message_edited_5: ['02_messages_3 messages_3_on(event)', '02_messages_5 messages_5_on(event)'],
    message_deleted_5: ['02_messages_3 messages_3_on(event)', '02_messages_5 messages_5_on(event)'],
  },
  {
    message_sent_3: ['02_blocks_6 blocks_6_on(p_events)'],
    message_edited_5: ['02_blocks_6 blocks_6_on(p_events)'],
    user_blocked_6: ['02_blocks_6 blocks_6_on(event)'],
    user_unblocked_6: ['02_blocks_6 blocks_6_on(event)'],
  },
  {
    user_registered_0: [
      `01_message_statistics_7 message_statistics_7_on(${ofRelease1})`,
      `01_user_history_7 user_history_7_on(${ofRelease1})`,
    ],
    user_registered_1: [
      '01_message_statistics_7 message_statistics_7_on(p_events)',
      '01_user_history_7 user_history_7_on(p_events)',
    ],
    session_started_0: ['01_user_history_7 user_history_7_on(p_events)'],
    session_ended_0: ['01_user_history_7 user_history_7_on(p_events)'],
    password_changed_2: ['01_user_history_7 user_history_7_on(p_events)'],
    message_sent_3: [
      '01_message_senders_7 message_senders_7_on(p_events)',
      '01_message_statistics_7 message_statistics_7_on(p_events)',
    ],
  },
  {
    mail_token_issued_8: [
      '01_user_history_7 user_history_7_on(p_events)',
      '02_mail_tokens_8 mail_tokens_8_on(event)',
    ],
    password_changed_2: ['02_mail_tokens_8 mail_tokens_8_on(event)'],
    email_verified_8: [
      '01_user_history_7 user_history_7_on(p_events)',
      '02_mail_tokens_8 mail_tokens_8_on(event)',
      '02_verified_emails_8 verified_emails_8_on(event)',
    ],
  },
  {
    email_verified_8: ['01_verified_users_9 verified_users_9_on(event)'],
    username_changed_9: [
      '01_user_history_7 user_history_7_on(p_events)',
      '01_users_1 users_1_on(event)',
      '01_users_2 users_2_on(event)',
    ],
  },
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
]

/**
 * The projections of a database of a release, `<event table>: <read table> <call>`, by event table and in the
 * order in which they are run.
 */
export function expectedProjections(release: number, tables?: readonly string[]): string[] {
  return cellsByRelease
    .slice(0, release + 1)
    .flatMap((cells) => Object.entries(cells))
    .flatMap(([event, lines]) => lines.map((line) => `${event}: ${line}`))
    .sort()
    .map((line) => line.replace(/: \d\d_/, ': '))
    .filter((line) => !tables || tables.includes(line.split(' ')[1] ?? ''))
}
