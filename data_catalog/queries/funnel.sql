-- How many tracks and hours are left after each step from found to trainable?
with steps as (
    select
        *,
        tempo_bpm is not null or loudness_lufs is not null or quality is not null as measured,
        measured and quality = 'ok' as sound,
        sound and duplicate_of is null as alone,
        alone and licence is not null as licensed,
        licensed and split is not null as trainable
    from catalog
)
select 1 as step, 'in the catalog' as what, count(*) as tracks, hours(duration_s) as hours
from steps
union all
select 2, 'measured', count(*), hours(duration_s) from steps where measured
union all
select 3, 'of good quality', count(*), hours(duration_s) from steps where sound
union all
select 4, 'not a duplicate', count(*), hours(duration_s) from steps where alone
union all
select 5, 'with a known licence', count(*), hours(duration_s) from steps where licensed
union all
select 6, 'on a side of the split', count(*), hours(duration_s) from steps where trainable
order by step;
