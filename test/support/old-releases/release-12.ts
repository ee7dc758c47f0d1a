// The frozen statements of release 12's code: a user's personal data are erased, by the owner of the database.

export const forgetUser = {
  name: '12.forget',
  text: `select log.forget($1, 'a test', $2) as position`,
}

export const findPublicUser = {
  name: '12.findPublicUser',
  text: `select u.id, u.username, d.departed_at from read.users_2 u
         left join read.departed_users_12 d on d.id = u.id where u.id = $1`,
}
