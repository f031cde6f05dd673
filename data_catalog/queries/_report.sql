-- The figures of the report, over every track with `judged` (track_id, reason) at hand.

create temp table t as
select
    c.track_id, c.duration_s, c.tempo_bpm, c.key, c.loudness_lufs, c.quality, c.source, c.split,
    coalesce(c.genre, 'no label') as genre, coalesce(c.mood, 'no label') as mood,
    coalesce(c.licence, 'unknown') as licence, c.commercial_use, c.artist, j.reason
from catalog as c
join judged as j using (track_id);

create temp table newest_labels as
select track_id, field, origin, value, confidence, accepted
from labels
where field in ('genre', 'mood')
qualify row_number() over (
    partition by track_id, field, origin order by labelled_at desc, confidence desc
) = 1;

create temp view model_labels as
from newest_labels where origin = 'model' and confidence is not null;

create temp view stated_labels as
select track_id, field, arg_min(value, origin) as value
from newest_labels where origin <> 'model' and accepted and value <> '' group by all;

create temp view report_lost as
select reason, count(*) as tracks, sum(coalesce(duration_s, 0)) / 3600 as hours
from t group by reason;

create temp view report_files as
select
    (select count(*) from (select path from files union select path from quarantine)) as found,
    (select count(distinct path) from quarantine) as unreadable;

create temp view report_totals as
select
    count(*) as tracks, coalesce(sum(duration_s), 0) / 3600 as hours,
    count(distinct artist) as artists, count(*) filter (reason is null) as trainable,
    coalesce(sum(duration_s) filter (reason is null), 0) / 3600 as trainable_hours,
    (select count(*) from duplicates where not canonical) as duplicates,
    (select count(distinct path) from quarantine) as quarantined
from t;

create temp view report_tempo as
select floor(tempo_bpm / 5) * 5 as bpm, genre, count(*) as tracks
from t where tempo_bpm is not null group by all order by all;

create temp view report_keys as
select key, count(*) as tracks from t where key is not null group by all order by all;

create temp view report_unanswered as
select 'tempo' as what, coalesce(tempo_reason, 'unknown') as reason, count(*) as tracks
from current_features where tempo_bpm is null group by all
union all
select 'key', coalesce(key_reason, 'unknown'), count(*)
from current_features where key is null group by all order by all;

create temp view report_genre_mood as
select genre, mood, count(*) as tracks, sum(duration_s) / 3600 as hours
from t group by all order by all;

create temp view report_moods as
select mood, count(*) as tracks from t group by mood;

create temp view report_loudness as
select floor(greatest(loudness_lufs, -60)) as lufs, count(*) as tracks
from t where loudness_lufs is not null group by all order by all;

create temp view report_licences as
select
    licence, sum(duration_s) / 3600 as hours, count(*) as tracks,
    case
        when commercial_use then 'commercial use allowed'
        when licence = 'unknown' then 'unknown: no policy lets it through'
        else 'non-commercial only'
    end as use
from t group by all order by hours desc;

create temp view report_quality as
select verdict, count(*) as tracks
from (select unnest(string_split(coalesce(quality, 'not measured'), ',')) as verdict from t)
group by verdict order by tracks desc;

create temp view report_confidence as
select field, least(floor(confidence * 20), 19) / 20 as confidence,
    if(accepted, 'accepted', 'below threshold') as used, count(*) as labels
from model_labels group by all order by all;

create temp view report_calibration as
select m.field, least(floor(m.confidence * 10), 9) / 10 as bin,
    avg(m.confidence) as confidence, avg((m.value = s.value)::int) as agreement,
    count(*) as labels
from model_labels as m join stated_labels as s using (track_id, field) group by all order by all;

create temp view report_duplicates as
select kind, size as copies, count(*) as clusters
from (
    select cluster_id, count(*) as size, min(kind) filter (not canonical) as kind
    from duplicates group by cluster_id
) group by all order by all;

create temp view report_similarity as
select floor((evidence->>'similarity')::double * 20) / 20 as similarity,
    count(*) as copies
from duplicates where kind = 'near' and not canonical and evidence is not null
group by all order by all;

create temp view report_splits as
select coalesce(split, 'none') as split, genre, count(*) as tracks,
    sum(duration_s) / 3600 as hours
from t where reason is null group by all order by all;

create temp view report_sources as
select source, count(*) as tracks, sum(duration_s) / 3600 as hours,
    count(*) filter (reason is null) as trainable
from t group by all order by tracks desc;

create temp view report_quarantine_reasons as
select stage, reason, count(*) as files from quarantine group by all
order by files desc, reason;

create temp view report_quarantine as
select parse_filename(path) as file, stage, reason, detail
from quarantine order by stage, reason, path limit 200;
