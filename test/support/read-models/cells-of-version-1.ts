// The cells of the matrix that releases 0 to 9 brought, those of version 1.0.0. They stay as they are.

/**
 * By event table: `<rank>_<read table> <call>`, the call of the projection. Each line holds for its release and all
 * later ones. The rank is that of the read table in the graph of references, 01 for a table that refers to none.
 */
export type Cells = Readonly<Record<string, readonly string[]>>

/** Events of release 0 in the shape of release 1, for projections of an array. */
const ofRelease1 = 'array(select log.user_registered_1(e) from unnest(p_events) e)'

export const cellsOfVersion1: readonly Cells[] = [
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
]
