// The frozen statements of release 18's code: a server appends a message alone by the function for one event.

export const sendMessage = {
  name: '18.sendMessage',
  text: `select log.append1_message_sent_3($1, 1, '{}', null, null, $2, $3, $4, $5) as result`,
}

export const findMessage = {
  name: '18.findMessage',
  text: 'select dst_id from read.messages_10 where id = $1',
}
