-- How many tracks are in each key, around the circle of fifths?
select
    camelot(key) as camelot,
    key,
    count(*) as tracks,
    round(100 * count(*) / sum(count(*)) over (), 1) as percent,
    round(avg(key_confidence), 3) as mean_confidence
from catalog
where key is not null
group by key
order by camelot_number(key), camelot;
