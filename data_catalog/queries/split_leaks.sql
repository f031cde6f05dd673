-- Does any artist or duplicate cluster stand on two sides? (No row means no.)
select 'artist' as what, artist_cluster as name, min(split) || ', ' || max(split) as sides
from catalog_full
where artist_cluster <> ''
group by artist_cluster
having min(split) <> max(split)
union all
select 'duplicates', duplicate_cluster, min(split) || ', ' || max(split)
from catalog_full
where duplicate_cluster is not null
group by duplicate_cluster
having min(split) <> max(split)
order by what, name;
