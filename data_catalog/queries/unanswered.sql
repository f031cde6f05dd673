-- Why do tracks have no tempo or no key?
select 'tempo' as field, coalesce(tempo_reason, '(no reason)') as reason, count(*) as tracks
from catalog_full
where tempo_bpm is null and extractor_version is not null
group by tempo_reason
union all
select 'key', coalesce(key_reason, '(no reason)'), count(*)
from catalog_full
where key is null and extractor_version is not null
group by key_reason
order by field, tracks desc, reason;
