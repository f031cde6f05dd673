-- Does any artist or duplicate cluster stand on two sides? (No row means no.)
select 'artist' as what, artist_cluster as name, string_agg(distinct split, ', ') as sides
from splits
where artist_cluster <> ''
group by artist_cluster
having count(distinct split) > 1
union all
select 'duplicates', d.cluster_id, string_agg(distinct s.split, ', ')
from duplicates as d
join splits as s using (track_id)
group by d.cluster_id
having count(distinct s.split) > 1
order by what, name;
