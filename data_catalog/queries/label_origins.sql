-- Who says so: how many genres and moods come from people, sources and models?
select
    'genre' as field, coalesce(genre_origin, '(none)') as origin, count(*) as tracks,
    round(avg(genre_confidence), 3) as mean_confidence
from catalog
group by genre_origin
union all
select 'mood', coalesce(mood_origin, '(none)'), count(*), round(avg(mood_confidence), 3)
from catalog
group by mood_origin
order by field, tracks desc;
