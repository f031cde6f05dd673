-- Why do tracks have no tempo or no key?
select 'tempo' as field, coalesce(tempo_reason, '(no reason)') as reason, count(*) as tracks
from current_features
where tempo_bpm is null
group by tempo_reason
union all
select 'key', coalesce(key_reason, '(no reason)'), count(*)
from current_features
where key is null
group by key_reason
order by field, tracks desc, reason;
