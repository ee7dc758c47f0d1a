// The frozen statement of release 11's code: where the log has the events about a user's account. Exports read them.
export const listPersonalEvents = {
  name: '11.listPersonalEvents',
  text: `select e.type, e.stream_id from read.personal_events_11 p join log.events e on e.position = p.position
         where p.user_id = $1 order by p.position`,
}
