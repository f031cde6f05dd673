-- Which tracks have no known licence, and where was one looked for? (The first 1,000)
select track_id, artist, title, source, evidence_origin, path
from catalog_full
where licence is null
order by source, artist, title, track_id
limit 1000;
