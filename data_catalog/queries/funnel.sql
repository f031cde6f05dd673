-- How many tracks and hours are left after each step from found to trainable?
with steps as (
    select
        duration_s,
        case
            when quality is null then 1
            when not sound(quality) then 2
            when duplicate_of is not null then 3
            when licence is null then 4
            when split is null then 5
            else 6
        end as reached
    from catalog
), counted as (
    select reached, count(*) as tracks, sum(duration_s) as seconds from steps group by reached
)
select
    step, what,
    coalesce(sum(tracks) filter (reached >= step), 0)::bigint as tracks,
    coalesce(round(sum(seconds) filter (reached >= step) / 3600, 3), 0) as hours
from (
    values (1, 'in the catalog'), (2, 'measured'), (3, 'of good quality'), (4, 'not a duplicate'),
        (5, 'with a known licence'), (6, 'on a side of the split')
) as steps(step, what)
left join counted on true
group by step, what
order by step;
