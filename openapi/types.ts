// Generated from openapi.json by `npm run openapi`; do not edit.

export interface paths {
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find users by the beginning of their username, or by ids
         * @description If the server requires verified e-mail addresses, only users with a verified address are found by username, so that a search cannot show whether the address of a registration was free.
         */
        get: operations["findUsers"];
        put?: never;
        /**
         * Register
         * @description Without required verification, the response is 201, or 409 `email_taken` if the address has an account.
         *
         *     If the server requires verified e-mail addresses, the response is 202 whether or not the address has an account, and its owner gets an e-mail that explains how to continue. The first request for a username reserves it. A retry with the same `Idempotency-Key` gets 202 again, even if other fields differ. A retry without a key gets 409 `username_taken`.
         *
         *     With `logIn`, a retry with the same `Idempotency-Key` starts another session. If the password was changed since, it gets 401 `invalid_credentials`.
         *
         *     E-mails to the user are in the language that `Accept-Language` prefers, if the server has letters in it.
         */
        post: operations["registerUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get your profile, now or at an earlier time
         * @description With `at`, the `ETag` is that of the earlier version.
         */
        get: operations["getOwnProfile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change your password
         * @description Ends all your other sessions. The session of this request stays active.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/username": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change your username
         * @description At most once a day. Your earlier username stays reserved for you for 30 days; then other users can choose it.
         */
        put: operations["changeUsername"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the public profile of a user */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a password reset e-mail
         * @description Sends the owner of this address an e-mail with a link. The link works once, within one hour; a newer e-mail replaces it. The response and its timing are the same for every address, whether or not it has an account.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/password-resets/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset the password with the token from the e-mail
         * @description Ends all sessions of the user and starts none: log in with the new password. If the new password or the username is rejected, the token stays valid. Also verifies the address.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/email-verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify your e-mail address with the token from the e-mail */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/email-verifications/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resend the verification e-mail
         * @description Sends the owner of this address another e-mail, unless the address is verified. Its link works for a day. The response and its timing are the same for every address.
         */
        post: operations["resendVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/email-changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your e-mail address
         * @description Sends an e-mail with a link to the new address. The link works once, for a day; it changes the address, and your sessions stay active. A newer request, or a change of the password, replaces it. If the new address has an account, its owner gets an e-mail without a link. The response and its timing are the same.
         *
         *     While your present address is not verified and the server does not require verified addresses, the change takes effect at once, if the new address has no account. The e-mail then verifies it.
         */
        post: operations["requestEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/email-changes/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm your new e-mail address with the token from the e-mail
         * @description From now on you log in with the new address, which is verified. Links in e-mails to the earlier one are invalid. If that was verified, it gets an e-mail with a link that sets it back, for seven days.
         */
        post: operations["confirmEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/email-changes/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set your earlier e-mail address back with the token from the e-mail
         * @description For an account that someone else has taken over: sets the address back, ends all sessions, and makes the password invalid. An e-mail with a link to choose a new one follows. Later changes of the address are undone, too, and cannot be set back.
         *
         *     If another user has registered the address since and not verified it, that user loses it. If they have verified it, the response is 409 `email_taken`, and the token stays valid: the reader of its e-mails can give that account another address first.
         */
        post: operations["revertEmailChange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete your account
         * @description Ends all your sessions, so a retry gets 401 `unauthenticated`. You can no longer log in, and you get no messages; what other users received from you stays, from a user whose `username` is null. Your address is free at once, your username after 30 days. Then the service erases your data.
         *
         *     Until then, a link in an e-mail restores the account.
         */
        post: operations["deleteAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/account-restorations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore your account with the token from the e-mail
         * @description For 30 days after the deletion. The account is as it was, with its address, username and password, and no session.
         *
         *     If another user has registered the address since and not verified it, that user loses it. If they have verified it, the response is 409 `email_taken`, and the token stays valid: the reader of its e-mails can give that account another address first.
         */
        post: operations["restoreAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session-revocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a session with the token from the e-mail
         * @description For a login that was not yours: ends the session that the e-mail is about, and no other one. The next login from that device causes an e-mail again. The token works once, for seven days, also if the session has ended already; then `Epistle-Position` is absent. With `resetPassword`, an e-mail with a link to choose a new password follows, as after `POST /password-resets`; its use ends all sessions.
         */
        post: operations["revokeSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your active sessions */
        get: operations["listSessions"];
        put?: never;
        /**
         * Log in
         * @description Send the token as `Authorization: Bearer <token>`. It is returned only once. `expiresAt` moves with each day on which the session is used. A user has at most 50 active sessions: a login beyond that ends the one that was not used for the longest time.
         *
         *     With `"cookie": true`, the response has no token. It sets the cookie `__Host-epistle`, which the browser then sends by itself and scripts cannot read.
         */
        post: operations["logIn"];
        /**
         * End all your other sessions
         * @description The session of this request stays active. Live streams of the others end. `Epistle-Position` is absent if there was no other session.
         */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your sessions */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        /**
         * Label one of your sessions
         * @description Null removes the label. `Epistle-Position` is absent if the session had this label already.
         */
        patch: operations["labelSession"];
        trace?: never;
    };
    "/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Log out */
        delete: operations["logOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or search your messages, newest first */
        get: operations["listMessages"];
        put?: never;
        /** Send a message */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send several messages, all or none
         * @description If one message is rejected, none is sent, and `errors` points at the first rejected one.
         */
        post: operations["sendMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a message you sent or received */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /**
         * Delete a message you sent, for both people
         * @description The message stays in lists as a tombstone, with `deletedAt` and without content. `Epistle-Position` is absent if nothing changed.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /**
         * Edit a message you sent
         * @description Both people see the new content and the time of the edit. Rejected with `blocked` if the recipient has blocked you since. `Epistle-Position` is absent if nothing changed.
         */
        patch: operations["editMessage"];
        trace?: never;
    };
    "/messages/{id}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a message you received
         * @description Operators read the report, and can suspend the sender. The sender does not learn of the report. You can report a message again when your earlier report was settled. Your export contains your reports and their outcome.
         */
        post: operations["reportMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your conversations, the one with the newest message first */
        get: operations["listConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/conversations/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get your conversation with a user */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/conversations/{userId}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Mark messages as read, up to a given one
         * @description Messages never become unread again: a message older than the last one you marked changes nothing. `Epistle-Position` is absent if nothing changed.
         */
        put: operations["readConversation"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the users you have blocked */
        get: operations["listBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/blocks/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Block a user
         * @description Their new messages are rejected with `blocked`. `Epistle-Position` is absent if nothing changed.
         */
        put: operations["blockUser"];
        post?: never;
        /**
         * Unblock a user
         * @description `Epistle-Position` is absent if nothing changed.
         */
        delete: operations["unblockUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow your events live
         * @description Sends a frame for each event that concerns you, starting now. Its `id` is the event's position
         *     in the log, and `data` is JSON on one line:
         *
         *     | `event` | `data` |
         *     |---|---|
         *     | `message_sent` | a message you sent or received, as `GET /messages/{id}` returns it, and the names of both users |
         *     | `message_edited` | the message after its sender edited it |
         *     | `message_deleted` | the tombstone of the message its sender deleted |
         *     | `conversation_read` | `{with, by, upTo, readAt}`: in your conversation with `with`, the user `by` (one of you two) read everything up to the message `upTo` |
         *     | `user_blocked`, `user_unblocked` | the user you blocked or unblocked on any of your devices; that user gets no event |
         *     | `ended` | `{detail}`: why the server ends this stream; without an `id` |
         *
         *     The schema `StreamEvent` has each of them as `{id, event, data}`. A message to you and your own read mark contain
         *     `unread`, your unread messages of the conversation, and `unreadTotal`, those of all, so a badge needs no request.
         *     They are counted when the frame is made, so use those of the last frame. Events of your own commands contain their
         *     `clientId`.
         *
         *     The first frame is `ready`, with the current position. With `Last-Event-ID` there is no such frame: the stream
         *     resumes after that position, on any server, without gaps or duplicates. Clients that cannot send the header use the
         *     parameter `lastEventId`. A frame contains the message as it is when the frame is sent, which may be later than the
         *     event. Of a deleted message, only the tombstone is ever sent. Ignore events with other names: more may be added.
         *
         *     A comment line is sent every 15 seconds. A stream ends when its session ends, when the server stops, or when the
         *     client reads too slowly. When a server has no room for another stream, the network or the user with the most loses
         *     the oldest one, after a frame `ended`. Reconnect with the last `id` you received. Each user can have at most 50 streams open per server, and each network a quarter of all.
         *
         *     Over HTTP/1.1 a browser opens at most six connections to a host, for all tabs together, and a stream holds one of
         *     them: share one stream between tabs, or put a proxy with HTTP/2 in front. Clients that cannot read a stream use
         *     `GET /events`.
         */
        get: operations["followStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List your events after a position, or wait for the next ones
         * @description For clients that cannot read a stream. First call it without `after`: the response has no events,
         *     and the current `position`. Then pass the last `position` as `after`, again and again: you receive each event
         *     once, in order, on any server. With `wait`, a request without new events waits for the next one. After that many
         *     seconds, it gets an empty list.
         *
         *     The events and their data are those of `GET /stream`, without `ready` and `ended`. A waiting request counts as
         *     one of your streams, and holds one of the six connections that a browser opens to a host over HTTP/1.1. It ends early
         *     when its session ends (`unauthenticated`), when the server stops (an empty list), or when another request needs its
         *     place (`overloaded`).
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List account activity, newest first */
        get: operations["listHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download everything recorded about you
         * @description Returns newline-delimited JSON: a line for each event of the log that concerns you, in the order in which
         *     they were recorded, up to the position in `Epistle-Position`. The schema `ExportLine` has the shape of each line,
         *     and `openapi/export.md` describes them. An export is complete when its last line is `export_ended`.
         *
         *     It contains your messages in every version that you wrote, and the messages of others to you as they are now. It
         *     contains no password, no token, and no hash of one. The end of the session ends the download. A user can download
         *     one export at a time. When a server has no room for another one, the network with the most loses its oldest,
         *     which then has no last line.
         */
        get: operations["exportAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the process responds
         * @description Depends on nothing else. If it fails, restart the process.
         */
        get: operations["isAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the server can take traffic
         * @description 200 when the server can take traffic; otherwise take it out of rotation.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the rules and limits that a front end needs
         * @description The response is the same for every client. Keep it for the time in `Cache-Control`.
         */
        get: operations["getSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the version and the links to the documentation
         * @description HTML for browsers, JSON for all other clients.
         */
        get: operations["getServiceInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all problems
         * @description HTML for browsers, plain text for all other clients.
         */
        get: operations["listProblems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a problem
         * @description The `type` of a problem leads here. HTML for browsers, plain text for all other clients.
         */
        get: operations["explainProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An event in the history of your account */
        AccountEvent: {
            /** Format: date-time */
            occurredAt: string;
            /**
             * @description `password_changed` ended all other sessions. `password_reset_requested`: the user got a link that sets a new password, after a reset request or a second registration with this address. `password_reset`: a new password was set without the old one, and every session ended. `email_change_reverted`: the owner of an earlier address set it back. `suspended`: the operators of the service suspended the account, and every session ended. More types may be added
             * @enum {string}
             */
            type: "registered" | "email_verified" | "logged_in" | "session_ended" | "password_changed" | "password_reset_requested" | "password_reset" | "username_changed" | "email_changed" | "email_change_reverted" | "account_deleted" | "account_restored" | "suspended" | "reinstated";
            /** @description The session that began or ended, or that changed the password */
            sessionId: string | null;
            /** @description The `User-Agent` of the login that began this session, also after its end; null if unknown */
            userAgent: string | null;
            /** @description The last label of this session, also after its end */
            label: string | null;
        };
        AccountEventPage: {
            items: components["schemas"]["AccountEvent"][];
            /** @description Absent on the last page */
            nextCursor?: string;
        };
        /** @description You have already reported this message */
        AlreadyReportedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "already_reported";
        };
        /** @description The address is already verified, so the username stays */
        AlreadyVerifiedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "already_verified";
        };
        /** @description The request has more than one token */
        AmbiguousCredentialsProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "ambiguous_credentials";
        };
        /** @description A user you have blocked, and when */
        Block: {
            /** Format: uuid */
            id: string;
            username: string | null;
            /** Format: date-time */
            blockedAt: string;
        };
        BlockPage: {
            items: components["schemas"]["Block"][];
            /** @description Absent on the last page */
            nextCursor?: string;
        };
        /** @description A user you have blocked, and when */
        BlockUpdate: {
            /** Format: uuid */
            id: string;
            username: string | null;
            /** Format: date-time */
            blockedAt: string;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
        };
        /** @description The recipient has blocked you */
        BlockedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "blocked";
        };
        ChangePasswordRequest: {
            /**
             * Format: password
             * @example can machines think
             */
            currentPassword: string;
            /**
             * Format: password
             * @description Rejected with `password_refused` if it is shorter than 8 characters (or the minimum of this server, in `GET /settings`), longer than 256, common, or equal to the e-mail address, the part before its @, or the username
             * @example correct horse battery staple
             */
            newPassword: string;
        };
        ChangeUsernameRequest: {
            /**
             * @description Letters, digits and `_ . -`, at least one letter or digit. Capital letters are converted to lower case. These are reserved, with or without `_ . -`: epistle me self admin administrator root support system moderator operator staff help info abuse security postmaster hostmaster webmaster noreply api user users everyone anonymous unknown deleted undefined null none nil nan true false
             * @example turing
             */
            username: string;
        };
        ConfirmEmailChangeRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
        };
        /** @description The request conflicts with the current data */
        ConflictProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "conflict";
        };
        Conversation: {
            with: components["schemas"]["User"];
            lastMessage: components["schemas"]["Message"];
            /** @description Number of messages you have received and not read */
            unread: number;
            /** @description True if you have blocked this user */
            blocked: boolean;
        };
        ConversationPage: {
            items: components["schemas"]["Conversation"][];
            /** @description Absent on the last page */
            nextCursor?: string;
            /** @description Unread messages in all conversations, not only on this page */
            unreadTotal: number;
        };
        ConversationReadEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "conversation_read";
            data: components["schemas"]["ReadReceipt"];
        };
        /** @description The request comes from a page that may not use the session cookie */
        CrossSiteRequestProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "cross_site_request";
        };
        DeleteAccountRequest: {
            /**
             * Format: password
             * @example can machines think
             */
            currentPassword: string;
        };
        EditMessageRequest: {
            /** @example Hello, Grace! */
            content: string;
            /**
             * @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it.
             * @example draft-1
             */
            clientId?: string;
        };
        /** @description Accepted; an e-mail to the new address explains how to continue */
        EmailChangeRequested: {
            /**
             * @description What the user does next
             * @enum {string}
             */
            next: "open_email";
        };
        /** @description The e-mail address is taken */
        EmailTakenProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "email_taken";
        };
        EventList: {
            items: components["schemas"]["StreamEvent"][];
            /**
             * @description You have every event up to this position; pass it as `after`
             * @example 42
             */
            position: string;
        };
        /** @description A line of an export, by `type`. More types may be added */
        ExportLine: {
            /** @constant */
            type: "export_started";
            /** Format: uuid */
            userId: string;
            /** @description The export contains every event about you up to this position of the log */
            upTo: string;
            /** Format: date-time */
            exportedAt: string;
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_registered";
            /** @description You registered */
            data: {
                /** Format: uuid */
                id: string;
                email: string;
                username: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "email_verified";
            /** @description You verified this e-mail address */
            data: {
                email: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_left";
            /** @description You deleted your account. You gave up this address and this username */
            data: {
                email: string;
                username: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_restored";
            /** @description You restored your account, with this address and this username */
            data: {
                email: string;
                username: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_forgotten";
            /** @description Your personal data were erased. After that, no session can export them */
            data: Record<string, never>;
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "username_changed";
            /** @description Your username changed. The earlier one is reserved for you until then */
            data: {
                username: string;
                oldUsername: string | null;
                reservedUntil: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "password_changed";
            /** @description Your password changed, which ended all sessions but this one. No line contains a password */
            data: {
                sessionId: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "password_rehashed";
            /** @description Your password was stored again with a stronger hash */
            data: Record<string, never>;
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "registration_repeated";
            /** @description Another registration used your address, and you got an e-mail about it */
            data: Record<string, never>;
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "mail_token_issued";
            /** @description You were sent an e-mail with a link. No line contains its token */
            data: {
                /** @enum {string} */
                purpose: "password_reset" | "email_verification";
                /** Format: date-time */
                expiresAt: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "email_change_requested";
            /** @description You asked for another address, which got an e-mail. No line contains its token */
            data: {
                email: string;
                /** Format: date-time */
                expiresAt: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "email_reversal_offered";
            /** @description Your earlier address got an e-mail with a link that takes this change back */
            data: {
                /** Format: uuid */
                changeId: string;
                /** Format: date-time */
                expiresAt: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "restoration_offered";
            /** @description You got an e-mail with a link that restores your account. No line contains its token */
            data: {
                /** Format: date-time */
                expiresAt: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "email_changed";
            /** @description You have another address. `reverts` is the change that this one takes back */
            data: {
                /** Format: uuid */
                id: string;
                email: string;
                oldEmail: string;
                oldVerified: boolean;
                reverts: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_suspended";
            /** @description The operators of the service suspended your account, which ended all sessions */
            data: {
                reason: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_reinstated";
            /** @description The operators reinstated your account */
            data: Record<string, never>;
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "session_started";
            /** @description You logged in. `usedAt` is the last use of the session, to the day, for as long as the service keeps it. No line contains its token */
            data: {
                /** Format: uuid */
                id: string;
                userAgent: string | null;
                label: string | null;
                /** Format: date-time */
                expiresAt: string;
                idleDays: number | null;
                endsAt: string | null;
                usedAt: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "session_labelled";
            /** @description You labelled a session, or removed its label */
            data: {
                /** Format: uuid */
                id: string;
                label: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "session_ended";
            /** @description A session ended */
            data: {
                /** Format: uuid */
                id: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "message_sent";
            /** @description You sent a message */
            data: {
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                to: string;
                content: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "message_edited";
            /** @description You edited a message */
            data: {
                /** Format: uuid */
                messageId: string;
                /** Format: uuid */
                to: string;
                content: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "message_deleted";
            /** @description You deleted a message */
            data: {
                /** Format: uuid */
                messageId: string;
                /** Format: uuid */
                to: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "message_received";
            /** @description Another user sent you a message. The line has its present content, which is null if its sender deleted it */
            data: {
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                from: string;
                content: string | null;
                editedAt: string | null;
                deletedAt: string | null;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "conversation_read";
            /** @description The user `by` read the messages of the user `with`, up to this one. You are one of the two */
            data: {
                /** Format: uuid */
                by: string;
                /** Format: uuid */
                with: string;
                /** Format: uuid */
                upTo: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "message_reported";
            /** @description You reported a message of another user */
            data: {
                /** Format: uuid */
                id: string;
                /** Format: uuid */
                messageId: string;
                /** Format: uuid */
                reportedId: string;
                reason: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "report_settled";
            /** @description The operators settled your report */
            data: {
                /** Format: uuid */
                reportId: string;
                /** @enum {string} */
                outcome: "upheld" | "dismissed";
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_blocked";
            /** @description You blocked a user */
            data: {
                /** Format: uuid */
                blockedId: string;
            };
        } | {
            position: string;
            /** Format: date-time */
            occurredAt: string;
            /** @description What the service recorded about the request, if it was yours */
            request?: {
                requestId?: string;
                traceId?: string;
                clientId?: string;
                language?: string;
                /** @description Of a login: a pseudonym of the device, the same for all its logins */
                device?: string;
            };
            /** @constant */
            type: "user_unblocked";
            /** @description You unblocked a user */
            data: {
                /** Format: uuid */
                blockedId: string;
            };
        } | {
            /** @constant */
            type: "export_ended";
            /** @description The number of lines between the first and the last one */
            events: number;
        };
        /** @description What is wrong with a field, and where: either `pointer` or `parameter` is present */
        FieldError: {
            /** @description A JSON pointer into the body */
            pointer?: string;
            /** @description The name of a path or query parameter, or of a header */
            parameter?: string;
            /**
             * @description - `required`: the field is missing
             *     - `wrong_type`: the value has another type than `expected`
             *     - `unknown_field`: the operation has no such field or parameter
             *     - `repeated`: the parameter occurs more than once
             *     - `conflicting`: the field cannot be combined with the field `with`
             *     - `too_short`: a text has fewer than `min` characters, or a list fewer items
             *     - `too_long`: a text has more than `max` characters, or a list more items
             *     - `out_of_range`: a number, date or position is below `min` or above `max`; one or both can be absent
             *     - `not_one_of`: the value is none of `values`
             *     - `invalid_format`: the value has another format than `format`, such as `uuid`, `date` or `cursor`
             *     - `invalid_characters`: the text contains characters that this field cannot contain
             *     - `invalid_email`: this e-mail address cannot be registered; `reason` is present for rare forms
             *     - `reserved`: the username is reserved for the service
             *     - `own_id`: the field must contain the id of another user
             *     - `taken`: another user has this e-mail address or username
             *     - `wrong`: the password is not the current one
             *     - `too_common`: the password is on the list of common passwords
             *     - `same_as`: the password is the same as `other`: `email`, `email_local_part` or `username`
             *     - `invalid_token`: the token is unknown, used or expired
             *     - `unknown_user`: no user has this id
             *     - `unknown_message`: you and this user have exchanged no message with this id
             *     - `gone`: this user has deleted their account
             *     - `blocked`: this user has blocked you
             *     - `already_verified`: the address is verified, so the username can no longer be chosen
             *     - `reused`: the idempotency key belongs to another request
             *     - `version_mismatch`: the condition of this header does not hold for the current version
             *     - `verification_required`: users must verify their address before they can log in
             * @enum {string}
             */
            code: "required" | "wrong_type" | "unknown_field" | "repeated" | "conflicting" | "too_short" | "too_long" | "out_of_range" | "not_one_of" | "invalid_format" | "invalid_characters" | "invalid_email" | "reserved" | "own_id" | "taken" | "wrong" | "too_common" | "same_as" | "invalid_token" | "unknown_user" | "unknown_message" | "gone" | "blocked" | "already_verified" | "reused" | "version_mismatch" | "verification_required";
            /** @description The values that `code` refers to, such as `min` */
            params?: {
                [key: string]: string | number | string[];
            };
            /** @description For people, in English */
            message: string;
        };
        /** @description The recipient has deleted their account */
        GoneProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "gone";
        };
        /** @description This idempotency key belongs to another request */
        IdempotencyKeyReusedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "idempotency_key_reused";
        };
        /** @description Something went wrong on our side */
        InternalProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "internal";
        };
        /** @description The e-mail address or the password is wrong */
        InvalidCredentialsProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "invalid_credentials";
        };
        /** @description This token is unknown, used or expired */
        InvalidTokenProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "invalid_token";
        };
        LabelSessionRequest: {
            label: string | null;
        };
        Liveness: {
            /** @constant */
            status: "alive";
        };
        LogInRequest: {
            /** @example alan@example.com */
            email: string;
            /**
             * Format: password
             * @example can machines think
             */
            password: string;
            /**
             * @description A name by which the user recognizes the session. Spaces around it are removed. Control characters, line breaks and characters that change the direction of text are rejected
             * @example My phone
             */
            label?: string;
            /** @description Return the token in a cookie, for pages of the same site */
            cookie?: boolean;
        };
        /** @description The body is not valid JSON */
        MalformedJsonProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "malformed_json";
        };
        Message: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            from: string;
            /** Format: uuid */
            to: string;
            /** @description Null if the message was deleted */
            content: string | null;
            /** Format: date-time */
            sentAt: string;
            /**
             * Format: date-time
             * @description Time of the last edit; absent if never edited
             */
            editedAt?: string;
            /**
             * Format: date-time
             * @description When the sender deleted the message; present on tombstones only
             */
            deletedAt?: string;
            /**
             * Format: date-time
             * @description When the recipient read the message; only the sender sees it
             */
            readAt?: string;
            /**
             * @description The position of the message in the log, in decimal. Lists are in the order of this number
             * @example 42
             */
            position: string;
            /**
             * @description The version for `If-Match`: 1 when sent, and one more after each edit and the deletion
             * @example 1
             */
            version: number;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
        };
        MessageDeletedEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "message_deleted";
            data: components["schemas"]["MessageUpdate"];
        };
        MessageEditedEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "message_edited";
            data: components["schemas"]["MessageUpdate"];
        };
        MessagePage: {
            items: components["schemas"]["Message"][];
            /** @description Absent on the last page */
            nextCursor?: string;
            /** @description Pass it as `after` to get the messages that are newer than those of this page. Present on an empty page, too */
            newestCursor: string;
            /** @description With `include=users`: the users who sent or received the messages of this page */
            users?: components["schemas"]["User"][];
        };
        MessageSentEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "message_sent";
            data: components["schemas"]["MessageUpdate"];
        };
        /** @description A message, with the names of both users and your unread messages */
        MessageUpdate: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            from: string;
            /** Format: uuid */
            to: string;
            /** @description Null if the message was deleted */
            content: string | null;
            /** Format: date-time */
            sentAt: string;
            /**
             * Format: date-time
             * @description Time of the last edit; absent if never edited
             */
            editedAt?: string;
            /**
             * Format: date-time
             * @description When the sender deleted the message; present on tombstones only
             */
            deletedAt?: string;
            /**
             * Format: date-time
             * @description When the recipient read the message; only the sender sees it
             */
            readAt?: string;
            /**
             * @description The position of the message in the log, in decimal. Lists are in the order of this number
             * @example 42
             */
            position: string;
            /**
             * @description The version for `If-Match`: 1 when sent, and one more after each edit and the deletion
             * @example 1
             */
            version: number;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
            fromUsername: string | null;
            toUsername: string | null;
            /** @description How many messages of this conversation you have received and not read, when the event was made. Present in events that can change it: messages to you, and your own read marks */
            unread?: number;
            /** @description The same for all your conversations */
            unreadTotal?: number;
        };
        MessageWithUsers: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            from: string;
            /** Format: uuid */
            to: string;
            /** @description Null if the message was deleted */
            content: string | null;
            /** Format: date-time */
            sentAt: string;
            /**
             * Format: date-time
             * @description Time of the last edit; absent if never edited
             */
            editedAt?: string;
            /**
             * Format: date-time
             * @description When the sender deleted the message; present on tombstones only
             */
            deletedAt?: string;
            /**
             * Format: date-time
             * @description When the recipient read the message; only the sender sees it
             */
            readAt?: string;
            /**
             * @description The position of the message in the log, in decimal. Lists are in the order of this number
             * @example 42
             */
            position: string;
            /**
             * @description The version for `If-Match`: 1 when sent, and one more after each edit and the deletion
             * @example 1
             */
            version: number;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
            /** @description With `include=users`: the sender and the recipient */
            users?: components["schemas"]["User"][];
        };
        /** @description The session that has begun, and your profile */
        NewSession: {
            /** Format: uuid */
            id: string;
            /** @description Absent with `"cookie": true`: the token is in the cookie alone */
            token?: string;
            /** Format: date-time */
            expiresAt: string;
            user: components["schemas"]["Profile"];
        };
        /** @description Not found, or not visible to you */
        NotFoundProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "not_found";
        };
        /** @description The server is overloaded */
        OverloadedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "overloaded";
        };
        /** @description The password is too easy to guess */
        PasswordRefusedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "password_refused";
        };
        /** @description Accepted; an e-mail to the address, if it has an account, has the link */
        PasswordResetRequested: {
            /**
             * @description What the user does next
             * @enum {string}
             */
            next: "reset_password";
        };
        /** @description Too many wrong passwords in a row */
        PasswordResetRequiredProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "password_reset_required";
        };
        /** @description An error (RFC 9457) */
        Problem: {
            /**
             * Format: uri-reference
             * @description `/problems/<code>`, a page that explains the problem
             */
            type: string;
            /** @description What happened; the same text for every problem with this code */
            title: string;
            /** @description The HTTP status */
            status: number;
            /**
             * @description A stable code for programs
             * @enum {string}
             */
            code: "malformed_request" | "malformed_json" | "ambiguous_credentials" | "unauthenticated" | "invalid_credentials" | "wrong_password" | "blocked" | "suspended" | "password_reset_required" | "cross_site_request" | "not_found" | "method_not_allowed" | "request_timeout" | "email_taken" | "username_taken" | "already_verified" | "already_reported" | "conflict" | "version_conflict" | "gone" | "version_mismatch" | "too_large" | "uri_too_long" | "unsupported_media_type" | "validation_failed" | "password_refused" | "invalid_token" | "verification_required" | "recipient_unknown" | "idempotency_key_reused" | "too_many_requests" | "headers_too_large" | "internal" | "not_implemented" | "overloaded" | "unknown_event" | "unavailable" | "http_version_not_supported";
            /** @description What happened in this case, and what to do */
            detail?: string;
            /** @description What is invalid in the request, and where; at most 20 entries */
            errors?: components["schemas"]["FieldError"][];
        };
        /** @description Your own profile */
        Profile: {
            /** Format: uuid */
            id: string;
            /**
             * @description As given, with the domain in Unicode
             * @example ada@example.org
             */
            email: string;
            /**
             * @description Null for users who registered before usernames existed, and for users who deleted their accounts
             * @example ada
             */
            username: string | null;
            /** Format: date-time */
            registeredAt: string;
            /** @description True once the user has confirmed this address */
            emailVerified: boolean;
        };
        ReadConversationRequest: {
            /**
             * Format: uuid
             * @description The last message you have read, sent by either of you
             */
            upTo: string;
            /**
             * @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it.
             * @example draft-1
             */
            clientId?: string;
        };
        /** @description A user has read everything up to a message */
        ReadReceipt: {
            /**
             * Format: uuid
             * @description The other user of the conversation
             */
            with: string;
            withUsername: string | null;
            /**
             * Format: uuid
             * @description The user who has read: you, or the other one
             */
            by: string;
            byUsername: string | null;
            /**
             * Format: uuid
             * @description The last message that was read
             */
            upTo: string;
            /** Format: date-time */
            readAt: string;
            /** @description How many messages of this conversation you have received and not read, when the event was made. Present in events that can change it: messages to you, and your own read marks */
            unread?: number;
            /** @description The same for all your conversations */
            unreadTotal?: number;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
        };
        Readiness: {
            /** @constant */
            status: "ready";
        };
        /** @description The recipient does not exist */
        RecipientUnknownProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "recipient_unknown";
        };
        RegisterUserRequest: {
            /**
             * Format: email
             * @description Spaces around it are removed. The domain may contain any letters, the part before the @ only ASCII characters
             * @example mary@example.com
             */
            email: string;
            /**
             * @description Letters, digits and `_ . -`, at least one letter or digit. Capital letters are converted to lower case. These are reserved, with or without `_ . -`: epistle me self admin administrator root support system moderator operator staff help info abuse security postmaster hostmaster webmaster noreply api user users everyone anonymous unknown deleted undefined null none nil nan true false
             * @example mary
             */
            username: string;
            /**
             * Format: password
             * @description Rejected with `password_refused` if it is shorter than 8 characters (or the minimum of this server, in `GET /settings`), longer than 256, common, or equal to the e-mail address, the part before its @, or the username
             * @example correct horse battery staple
             */
            password: string;
            /** @description True to get a `session` in the response, as `POST /sessions` would start it. Rejected with `verification_required` if the server requires verified e-mail addresses */
            logIn?: boolean;
            /** @description Return the token in a cookie, for pages of the same site */
            cookie?: boolean;
        };
        /** @description Your own profile, and the session that you asked for */
        RegisteredUser: {
            /** Format: uuid */
            id: string;
            /**
             * @description As given, with the domain in Unicode
             * @example ada@example.org
             */
            email: string;
            /**
             * @description Null for users who registered before usernames existed, and for users who deleted their accounts
             * @example ada
             */
            username: string | null;
            /** Format: date-time */
            registeredAt: string;
            /** @description True once the user has confirmed this address */
            emailVerified: boolean;
            /** @description Present if the request asked for it. Its token is returned only once */
            session?: {
                /** Format: uuid */
                id: string;
                /** @description Absent with `"cookie": true`: the token is in the cookie alone */
                token?: string;
                /** Format: date-time */
                expiresAt: string;
            };
        };
        ReportMessageRequest: {
            /**
             * @description Why the message should be looked at. Only operators read it. Spaces around it are removed
             * @example This is spam
             */
            reason: string;
            /**
             * @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it.
             * @example draft-1
             */
            clientId?: string;
        };
        RequestEmailChangeRequest: {
            /**
             * Format: email
             * @description Spaces around it are removed. The domain may contain any letters, the part before the @ only ASCII characters
             * @example turing@example.com
             */
            newEmail: string;
            /**
             * Format: password
             * @example can machines think
             */
            currentPassword: string;
        };
        RequestPasswordResetRequest: {
            /** @example alan@example.com */
            email: string;
        };
        ResendVerificationRequest: {
            /** @example alan@example.com */
            email: string;
        };
        ResetPasswordRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
            /**
             * Format: password
             * @description Rejected with `password_refused` if it is shorter than 8 characters (or the minimum of this server, in `GET /settings`), longer than 256, common, or equal to the e-mail address, the part before its @, or the username
             * @example correct horse battery staple
             */
            newPassword: string;
            /**
             * @description A new username; without it, the present one stays. Allowed only in the request that first verifies the address, because a stranger may have chosen the present one, which then becomes free
             * @example mary
             */
            username?: string;
        };
        RestoreAccountRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
        };
        RevertEmailChangeRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
        };
        RevokeSessionRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
            /** @description True to get an e-mail with a link to choose a new password */
            resetPassword?: boolean;
        };
        SendMessageRequest: {
            /**
             * Format: uuid
             * @description Recipient's user id (may be your own)
             */
            to: string;
            /** @example Hello, Grace! */
            content: string;
            /** @description Sending marks everything that you have received from the recipient so far as read; `false` turns this off */
            markRead?: boolean;
            /**
             * @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it.
             * @example draft-1
             */
            clientId?: string;
        };
        SendMessagesRequest: {
            messages: {
                /**
                 * Format: uuid
                 * @description Recipient's user id (may be your own)
                 */
                to: string;
                /** @example Hello, Grace! */
                content: string;
                /** @description Sending marks everything that you have received from the recipient so far as read; `false` turns this off */
                markRead?: boolean;
                /**
                 * @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it.
                 * @example draft-1
                 */
                clientId?: string;
            }[];
        };
        SentMessages: {
            items: components["schemas"]["Message"][];
        };
        ServiceInfo: {
            /** @constant */
            name: "Epistle";
            version: string;
            /** @description The path of the documentation, for people */
            docs: string;
            /** @description The path of the OpenAPI document */
            openapi: string;
        };
        Session: {
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            startedAt: string;
            /**
             * Format: date-time
             * @description When it was last used, to the day: the time of the first use on the last day (UTC) of use
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description When it expires unless it is used again. A use on a later day (UTC) moves it
             */
            expiresAt: string;
            /** @description The `User-Agent` of the login, its first 256 characters */
            userAgent: string | null;
            /** @description The name that the user gave it */
            label: string | null;
            /** @description True for the session of this request */
            current: boolean;
        };
        SessionPage: {
            items: components["schemas"]["Session"][];
            /** @description Absent on the last page */
            nextCursor?: string;
        };
        /** @description The rules of this service for its front ends. Lengths are in code points */
        Settings: {
            /**
             * @description The name of this service
             * @example Epistle
             */
            productName: string;
            /** @description Whether users must verify their address before they can log in. Registration then responds 202 */
            emailVerificationRequired: boolean;
            /** @description How many days a session lasts after the day of its last use */
            sessionDays: number;
            /** @description How many days after the login a session ends even if it is used; 0 for no limit */
            sessionMaxDays: number;
            session: {
                /** @description Maximum length of a `label` */
                labelMaxLength: number;
            };
            email: {
                /** @description Maximum length, with the domain in its ASCII form */
                maxLength: number;
            };
            password: {
                /** @description Minimum length of a new password */
                minLength: number;
                /** @description Maximum length of a password */
                maxLength: number;
            };
            username: {
                /** @description Minimum length */
                minLength: number;
                /** @description Maximum length */
                maxLength: number;
                /**
                 * @description A regular expression that matches every username
                 * @example ^[a-zA-Z0-9_.-]{3,30}$
                 */
                pattern: string;
                /**
                 * @description Names that no user can have, with or without `_ . -`
                 * @example [
                 *       "admin"
                 *     ]
                 */
                reserved: string[];
                /** @description Minimum length of `username` in `GET /users?username=` */
                searchMinLength: number;
                /** @description Maximum number of ids in `GET /users?ids=` */
                maxIds: number;
            };
            message: {
                /** @description Maximum length of a message */
                maxLength: number;
                /** @description Maximum number of messages in one `POST /messages/batch` */
                maxBatchLength: number;
                /** @description Maximum length of `q` in `GET /messages?q=` */
                searchMaxLength: number;
                /** @description Maximum size of a body with one message, in bytes */
                maxBytes: number;
                /** @description Maximum size of a body with a batch, in bytes */
                maxBatchBytes: number;
            };
            report: {
                /** @description Maximum length of the `reason` of a report */
                reasonMaxLength: number;
            };
            request: {
                /** @description Maximum size of any other body, in bytes */
                maxBytes: number;
                /** @description Maximum length of a `clientId` */
                clientIdMaxLength: number;
                /** @description Maximum length of an `Idempotency-Key`, in ASCII characters */
                idempotencyKeyMaxLength: number;
                /** @description Maximum number of seconds that `GET /events?wait=` waits */
                maxWaitSeconds: number;
            };
            page: {
                /** @description Number of items on a page without `limit` */
                defaultLimit: number;
                /** @description Maximum number of items on a page */
                maxLimit: number;
            };
        };
        StreamEndedEvent: {
            /** @constant */
            event: "ended";
            data: {
                detail: string;
            };
        };
        /** @description An event of `GET /stream` or `GET /events`, by its name. `ready` and `ended` occur in streams only. Ignore events with other names. */
        StreamEvent: components["schemas"]["MessageSentEvent"] | components["schemas"]["MessageEditedEvent"] | components["schemas"]["MessageDeletedEvent"] | components["schemas"]["ConversationReadEvent"] | components["schemas"]["UserBlockedEvent"] | components["schemas"]["UserUnblockedEvent"] | components["schemas"]["StreamReadyEvent"] | components["schemas"]["StreamEndedEvent"];
        StreamReadyEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "ready";
            data: Record<string, never>;
        };
        /** @description Your account is suspended */
        SuspendedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "suspended";
        };
        /** @description The body is too large */
        TooLargeProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "too_large";
        };
        /** @description Too many requests */
        TooManyRequestsProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "too_many_requests";
        };
        /** @description A valid session is required */
        UnauthenticatedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "unauthenticated";
        };
        /** @description The service is temporarily unavailable */
        UnavailableProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "unavailable";
        };
        /** @description A user you have unblocked */
        UnblockUpdate: {
            /** Format: uuid */
            id: string;
            username: string | null;
            /** @description The `clientId` of the request that caused this; only the user who sent the request sees it */
            clientId?: string;
        };
        /** @description This server is too old to read the data */
        UnknownEventProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "unknown_event";
        };
        /** @description The body has an unsupported type */
        UnsupportedMediaTypeProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "unsupported_media_type";
        };
        /** @description A user as other users see them */
        User: {
            /** Format: uuid */
            id: string;
            /**
             * @description Null for users who registered before usernames existed, and for users who deleted their accounts
             * @example ada
             */
            username: string | null;
        };
        UserBlockedEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "user_blocked";
            data: components["schemas"]["BlockUpdate"];
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** @description Absent on the last page */
            nextCursor?: string;
        };
        UserUnblockedEvent: {
            /**
             * @description The event's position in the log, in decimal; a stream resumes after it
             * @example 42
             */
            id: string;
            /** @constant */
            event: "user_unblocked";
            data: components["schemas"]["UnblockUpdate"];
        };
        /** @description The username is taken */
        UsernameTakenProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "username_taken";
        };
        /** @description Some fields are missing or invalid */
        ValidationFailedProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "validation_failed";
        };
        /** @description Accepted; an e-mail to the address explains how to continue */
        VerificationRequested: {
            /**
             * @description What the user does next
             * @enum {string}
             */
            next: "verify_email";
        };
        /** @description This service requires a verified e-mail address before the first login */
        VerificationRequiredProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "verification_required";
        };
        VerifyEmailRequest: {
            /** @description The token at the end of the link in the e-mail */
            token: string;
            /**
             * @description A new username; without it, the present one stays. Allowed only in the request that first verifies the address, because a stranger may have chosen the present one, which then becomes free
             * @example mary
             */
            username?: string;
        };
        /** @description Another request changed this at the same moment */
        VersionConflictProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "version_conflict";
        };
        /** @description The version is not the one you expected */
        VersionMismatchProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "version_mismatch";
        };
        /** @description The current password is wrong */
        WrongPasswordProblem: components["schemas"]["Problem"] & {
            /** @constant */
            code: "wrong_password";
        };
    };
    responses: {
        /** @description `ambiguous_credentials`: The request has more than one token */
        ambiguous_credentials: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"];
            };
        };
        /** @description `conflict`: The request conflicts with the current data */
        conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ConflictProblem"];
            };
        };
        /** @description `cross_site_request`: The request comes from a page that may not use the session cookie */
        cross_site_request: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["CrossSiteRequestProblem"];
            };
        };
        /** @description `gone`: The recipient has deleted their account */
        gone: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["GoneProblem"];
            };
        };
        /** @description `internal`: Something went wrong on our side */
        internal: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalProblem"];
            };
        };
        /** @description `invalid_credentials`: The e-mail address or the password is wrong */
        invalid_credentials: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidCredentialsProblem"];
            };
        };
        /** @description `malformed_json`: The body is not valid JSON */
        malformed_json: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["MalformedJsonProblem"];
            };
        };
        /** @description `not_found`: Not found, or not visible to you */
        not_found: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotFoundProblem"];
            };
        };
        /** @description `too_large`: The body is too large */
        too_large: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooLargeProblem"];
            };
        };
        /** @description `too_many_requests`: Too many requests */
        too_many_requests: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyRequestsProblem"];
            };
        };
        /** @description `unauthenticated`: A valid session is required */
        unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnauthenticatedProblem"];
            };
        };
        /** @description `unavailable`: The service is temporarily unavailable */
        unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnavailableProblem"];
            };
        };
        /** @description `unsupported_media_type`: The body has an unsupported type */
        unsupported_media_type: {
            headers: {
                Accept: components["headers"]["Accept"];
                "Accept-Post": components["headers"]["Accept-Post"];
                "Accept-Patch": components["headers"]["Accept-Patch"];
                "Accept-Encoding": components["headers"]["Accept-Encoding"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
        /** @description `validation_failed`: Some fields are missing or invalid */
        validation_failed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ValidationFailedProblem"];
            };
        };
        /** @description `version_mismatch`: The version is not the one you expected */
        version_mismatch: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["VersionMismatchProblem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The media type that the body must have */
        Accept: string;
        /**
         * @description Present if the content coding of the body is the reason
         * @example identity
         */
        "Accept-Encoding": string;
        /** @description The same as `Accept`, in responses to PATCH */
        "Accept-Patch": string;
        /** @description The same as `Accept`, in responses to POST */
        "Accept-Post": string;
        /**
         * @description The current version, for `If-Match`
         * @example "3"
         */
        ETag: string;
        /**
         * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
         * @example 42
         */
        "Epistle-Position": string;
        /** @description The path of the new resource, relative to this server */
        Location: string;
        /**
         * @description What is left of the limit (`r`), and in how many seconds it is refilled (`t`)
         * @example "sending";r=0;t=3
         */
        RateLimit: string;
        /**
         * @description The limit that was reached: quota (`q`) per window of seconds (`w`), or of concurrent requests
         * @example "sending";q=200;w=40
         */
        "RateLimit-Policy": string;
        /** @description How many seconds to wait before a retry */
        "Retry-After": number;
        /** @description How to authenticate (RFC 6750) */
        "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    findUsers: {
        parameters: {
            query?: {
                /** @description The beginning of the username, matched literally */
                username?: string;
                /** @description Up to 100 user ids, separated by commas, in place of `username`. All users are on one page, in the order of the ids. Ids that no user has are left out */
                ids?: string;
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    registerUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterUserRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    /**
                     * @description In cookie mode: the cookie of the new session, or, when the session of the request ends, the one that deletes it
                     * @example __Host-epistle=70zDs6D0RB63…; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict
                     */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisteredUser"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationRequested"];
                };
            };
            400: components["responses"]["malformed_json"];
            401: components["responses"]["invalid_credentials"];
            /** @description `cross_site_request`: The request comes from a page that may not use the session cookie; `password_reset_required`: Too many wrong passwords in a row */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CrossSiteRequestProblem"] | components["schemas"]["PasswordResetRequiredProblem"];
                };
            };
            /** @description `conflict`: The request conflicts with the current data; `email_taken`: The e-mail address is taken; `username_taken`: The username is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["UsernameTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `password_refused`: The password is too easy to guess; `validation_failed`: Some fields are missing or invalid; `verification_required`: This service requires a verified e-mail address before the first login */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["PasswordRefusedProblem"] | components["schemas"]["ValidationFailedProblem"] | components["schemas"]["VerificationRequiredProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    getOwnProfile: {
        parameters: {
            query?: {
                /** @description Get the profile at this instant (RFC 3339, in milliseconds); 404 before the registration */
                at?: string;
            };
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Profile"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePasswordRequest"];
            };
        };
        responses: {
            /** @description The password was changed */
            204: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross_site_request`: The request comes from a page that may not use the session cookie; `password_reset_required`: Too many wrong passwords in a row; `wrong_password`: The current password is wrong */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CrossSiteRequestProblem"] | components["schemas"]["PasswordResetRequiredProblem"] | components["schemas"]["WrongPasswordProblem"];
                };
            };
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `password_refused`: The password is too easy to guess; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["PasswordRefusedProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    changeUsername: {
        parameters: {
            query?: never;
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeUsernameRequest"];
            };
        };
        responses: {
            /** @description You have this username */
            204: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `username_taken`: The username is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["UsernameTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RequestPasswordResetRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasswordResetRequested"];
                };
            };
            400: components["responses"]["malformed_json"];
            409: components["responses"]["conflict"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetPasswordRequest"];
            };
        };
        responses: {
            /** @description The password was changed */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `already_verified`: The address is already verified, so the username stays; `conflict`: The request conflicts with the current data; `username_taken`: The username is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AlreadyVerifiedProblem"] | components["schemas"]["ConflictProblem"] | components["schemas"]["UsernameTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `password_refused`: The password is too easy to guess; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["PasswordRefusedProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyEmailRequest"];
            };
        };
        responses: {
            /** @description The e-mail address is verified */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `conflict`: The request conflicts with the current data; `username_taken`: The username is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["UsernameTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    resendVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResendVerificationRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerificationRequested"];
                };
            };
            400: components["responses"]["malformed_json"];
            409: components["responses"]["conflict"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    requestEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RequestEmailChangeRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailChangeRequested"];
                };
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross_site_request`: The request comes from a page that may not use the session cookie; `password_reset_required`: Too many wrong passwords in a row; `wrong_password`: The current password is wrong */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CrossSiteRequestProblem"] | components["schemas"]["PasswordResetRequiredProblem"] | components["schemas"]["WrongPasswordProblem"];
                };
            };
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    confirmEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfirmEmailChangeRequest"];
            };
        };
        responses: {
            /** @description The address was changed */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `conflict`: The request conflicts with the current data; `email_taken`: The e-mail address is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    revertEmailChange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevertEmailChangeRequest"];
            };
        };
        responses: {
            /** @description The earlier address is back */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `conflict`: The request conflicts with the current data; `email_taken`: The e-mail address is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    deleteAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteAccountRequest"];
            };
        };
        responses: {
            /** @description The account was deleted */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `cross_site_request`: The request comes from a page that may not use the session cookie; `password_reset_required`: Too many wrong passwords in a row; `wrong_password`: The current password is wrong */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CrossSiteRequestProblem"] | components["schemas"]["PasswordResetRequiredProblem"] | components["schemas"]["WrongPasswordProblem"];
                };
            };
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    restoreAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreAccountRequest"];
            };
        };
        responses: {
            /** @description The account is back */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `conflict`: The request conflicts with the current data; `email_taken`: The e-mail address is taken; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeSessionRequest"];
            };
        };
        responses: {
            /** @description The session has ended */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["malformed_json"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `invalid_token`: This token is unknown, used or expired; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidTokenProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogInRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    /**
                     * @description In cookie mode: the cookie of the new session, or, when the session of the request ends, the one that deletes it
                     * @example __Host-epistle=70zDs6D0RB63…; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict
                     */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewSession"];
                };
            };
            400: components["responses"]["malformed_json"];
            401: components["responses"]["invalid_credentials"];
            /** @description `cross_site_request`: The request comes from a page that may not use the session cookie; `password_reset_required`: Too many wrong passwords in a row; `suspended`: Your account is suspended */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CrossSiteRequestProblem"] | components["schemas"]["PasswordResetRequiredProblem"] | components["schemas"]["SuspendedProblem"];
                };
            };
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All other sessions were ended */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session was ended */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    /**
                     * @description In cookie mode: the cookie of the new session, or, when the session of the request ends, the one that deletes it
                     * @example __Host-epistle=70zDs6D0RB63…; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict
                     */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    labelSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelSessionRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session was ended */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    /**
                     * @description In cookie mode: the cookie of the new session, or, when the session of the request ends, the one that deletes it
                     * @example __Host-epistle=70zDs6D0RB63…; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict
                     */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description Only received or only sent messages; both if absent */
                box?: "inbox" | "sent";
                /** @description Only messages exchanged with this user */
                with?: string;
                /** @description Only messages that contain all of these words, in any case. The last word can be the beginning of one; a space after it asks for the whole word. `or`, `-word` and "a phrase" work as in a web search. One request searches at most 5,000 messages or half a megabyte of text. At that limit the page can be short or even empty; continue with `nextCursor`. Without `nextCursor`, all messages were searched */
                q?: string;
                /** @description Adds `users`, with the username of each sender and recipient */
                include?: "users";
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendMessageRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `blocked`: The recipient has blocked you; `cross_site_request`: The request comes from a page that may not use the session cookie */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["BlockedProblem"] | components["schemas"]["CrossSiteRequestProblem"];
                };
            };
            409: components["responses"]["conflict"];
            410: components["responses"]["gone"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `recipient_unknown`: The recipient does not exist; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["RecipientUnknownProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    sendMessages: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendMessagesRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentMessages"];
                };
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `blocked`: The recipient has blocked you; `cross_site_request`: The request comes from a page that may not use the session cookie */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["BlockedProblem"] | components["schemas"]["CrossSiteRequestProblem"];
                };
            };
            409: components["responses"]["conflict"];
            410: components["responses"]["gone"];
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `recipient_unknown`: The recipient does not exist; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["RecipientUnknownProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    getMessage: {
        parameters: {
            query?: {
                /** @description Adds `users`, with the usernames of the sender and the recipient */
                include?: "users";
            };
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithUsers"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: {
                /** @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it. */
                clientId?: string;
            };
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The message is deleted */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditMessageRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            /** @description `blocked`: The recipient has blocked you; `cross_site_request`: The request comes from a page that may not use the session cookie */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["BlockedProblem"] | components["schemas"]["CrossSiteRequestProblem"];
                };
            };
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    reportMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportMessageRequest"];
            };
        };
        responses: {
            /** @description The report was recorded */
            204: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `already_reported`: You have already reported this message; `conflict`: The request conflicts with the current data */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AlreadyReportedProblem"] | components["schemas"]["ConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    listConversations: {
        parameters: {
            query?: {
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    readConversation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
            };
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadConversationRequest"];
            };
        };
        responses: {
            /** @description Everything up to this message is read */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `ambiguous_credentials`: The request has more than one token; `malformed_json`: The body is not valid JSON */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["AmbiguousCredentialsProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            413: components["responses"]["too_large"];
            415: components["responses"]["unsupported_media_type"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    listBlocks: {
        parameters: {
            query?: {
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockPage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    blockUser: {
        parameters: {
            query?: {
                /** @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it. */
                clientId?: string;
            };
            header?: {
                /** @description Up to 255 characters, unique among your requests. With a key you can retry safely: the request runs once, and every retry gets the same response. */
                "Idempotency-Key"?: string;
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is blocked */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            /** @description `idempotency_key_reused`: This idempotency key belongs to another request; `validation_failed`: Some fields are missing or invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["ValidationFailedProblem"];
                };
            };
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    unblockUser: {
        parameters: {
            query?: {
                /** @description Your own name for this request, such as the id of a message that you show already. The response, if it has a body, and the live updates of your own account repeat it; no other user sees it. */
                clientId?: string;
            };
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path: {
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is not blocked */
            204: {
                headers: {
                    /**
                     * @description A position in the log, in decimal. After a command: of the last event that it appended; absent if it changed nothing. After GET: of the last event that the response shows; it shows every event up to there
                     * @example 42
                     */
                    "Epistle-Position"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            404: components["responses"]["not_found"];
            /** @description `conflict`: The request conflicts with the current data; `version_conflict`: Another request changed this at the same moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ConflictProblem"] | components["schemas"]["VersionConflictProblem"];
                };
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable; `unknown_event`: This server is too old to read the data */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"] | components["schemas"]["UnknownEventProblem"];
                };
            };
        };
    };
    followStream: {
        parameters: {
            query?: {
                /** @description The same as `Last-Event-ID`, which wins if both are sent */
                lastEventId?: string;
            };
            header?: {
                /** @description The `id` of the last frame you received; the stream resumes after it */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events, until the client or the server closes the stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The `position` of the last response, or the `id` of the last event you have */
                after?: string;
                /** @description The maximum number of events. A response can have fewer although there are more */
                limit?: number;
                /** @description How many seconds to wait for an event when there is none */
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    listHistory: {
        parameters: {
            query?: {
                /** @description The previous page's `nextCursor`: get the next page */
                before?: string;
                /** @description A `nextCursor`: read on in the opposite order */
                after?: string;
                /** @description The maximum number of items on a page. A page of long items has fewer: it ends at about 256 KiB */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountEventPage"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    exportAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object per line */
            200: {
                headers: {
                    "Epistle-Position": components["headers"]["Epistle-Position"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["ExportLine"];
                };
            };
            400: components["responses"]["ambiguous_credentials"];
            401: components["responses"]["unauthenticated"];
            403: components["responses"]["cross_site_request"];
            422: components["responses"]["validation_failed"];
            429: components["responses"]["too_many_requests"];
            500: components["responses"]["internal"];
            /** @description `overloaded`: The server is overloaded; `unavailable`: The service is temporarily unavailable */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["OverloadedProblem"] | components["schemas"]["UnavailableProblem"];
                };
            };
        };
    };
    isAlive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
            503: components["responses"]["unavailable"];
        };
    };
    getSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description Run the request only if the current `ETag` is one of these */
                "If-Match"?: string;
                /** @description Run the request only if the current `ETag` is none of these. Otherwise GET returns 304, and any other method 412 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Not Modified */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            412: components["responses"]["version_mismatch"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
        };
    };
    getServiceInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceInfo"];
                    "text/html": string;
                };
            };
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
        };
    };
    listProblems: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/plain": string;
                };
            };
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
        };
    };
    explainProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                    "text/plain": string;
                };
            };
            404: components["responses"]["not_found"];
            422: components["responses"]["validation_failed"];
            500: components["responses"]["internal"];
        };
    };
}
