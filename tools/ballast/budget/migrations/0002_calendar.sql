-- SLOs whose window is the calendar's.

alter table slo add column calendar text not null default '' check (calendar in ('', 'month', 'quarter'));
comment on column slo.calendar is 'The calendar window of the SLO itself, in the policy''s time zone; empty for one that rolls.';
