-- Which lines of credit do the licences ask for? (The first 1,000; all: shiroa attribution)
select attribution, licence, licence_url, artist, title
from catalog_full
where attribution is not null
order by artist, title, attribution
limit 1000;
