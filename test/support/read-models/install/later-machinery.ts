// What a later machinery can change: see repair.test.ts.

/** A trigger, another condition and a check that a later machinery can bring. */
export const newMachinery = `
create or replace trigger "00_extra" after insert on log.events for each row
  execute function log.require_row();
alter table log.events enable always trigger "00_extra";
do $$ begin
  drop trigger "00_row" on log.events;
  create constraint trigger "00_row" after insert on log.events deferrable initially deferred for each row
    when (current_setting('epistle.appending', true) is distinct from 'yes') execute function log.require_row();
  alter table log.events enable replica trigger "00_row";
  alter table work.tasks drop constraint if exists known;
  alter table work.tasks add constraint known check (id is not null);
end $$;`
