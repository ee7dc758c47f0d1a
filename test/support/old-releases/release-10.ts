// The frozen statements of release 10's code: messages with their version. Messages are sent, edited and deleted
// as in release 5.

export const findMessage = {
  name: '10.findMessage',
  text: `select id, src_id, dst_id, content, edited_at, deleted_at, version, position
         from read.messages_10 where id = $1`,
}
