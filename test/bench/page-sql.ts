/** The fastest query we found for a page of messages: a page along each of two indexes, then the page of both. */
export const pageSql = {
  name: 'page',
  text: `
    (select id, src_id, dst_id, content, sent_at, position from read.messages_10
     where src_id = $1 and position < $2 order by position desc limit 50)
    union all
    (select id, src_id, dst_id, content, sent_at, position from read.messages_10
     where dst_id = $1 and src_id <> $1 and position < $2 order by position desc limit 50)
    order by position desc limit 50`,
}
