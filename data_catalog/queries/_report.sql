-- The figures of the report, over every track with `judged` (as _judged.sql gives it) at hand.

create temp table t as
select
    duration_s, tempo_bpm, key, loudness_lufs, quality, source, split, commercial_use, reason,
    coalesce(genre, 'no label') as genre, coalesce(mood, 'no label') as mood,
    coalesce(licence, 'unknown') as licence,
    extractor_version is not null as measured, tempo_reason, key_reason,
    genre_by_model, genre_model_confidence, genre_model_accepted,
    if(genre_origin = 'person', genre, genre_by_source) as genre_stated,
    mood_by_model, mood_model_confidence, mood_model_accepted,
    if(mood_origin = 'person', mood, mood_by_source) as mood_stated
from judged;

create temp view model_labels as
select 'genre' as field, genre_by_model as value, genre_model_confidence as confidence,
    genre_model_accepted as accepted, genre_stated as stated
from t where genre_model_confidence is not null
union all
select 'mood', mood_by_model, mood_model_confidence, mood_model_accepted, mood_stated
from t where mood_model_confidence is not null;

create temp view report_lost as
select reason, count(*) as tracks, sum(coalesce(duration_s, 0)) / 3600 as hours
from t group by reason;

create temp view report_files as
select
    (select count(*) from files)
    + (select count(distinct path) from quarantine anti join files using (path)) as found,
    (select count(distinct path) from quarantine) as unreadable;

create temp view report_totals as
select
    count(*) as tracks, coalesce(sum(duration_s), 0) / 3600 as hours,
    (select count(distinct artist) from catalog) as artists, count(*) filter (reason is null) as trainable,
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
from t where measured and tempo_bpm is null group by all
union all
select 'key', coalesce(key_reason, 'unknown'), count(*)
from t where measured and key is null group by all order by all;

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
    avg(m.confidence) as confidence, avg((m.value = m.stated)::int) as agreement,
    count(*) as labels
from model_labels as m where m.stated <> '' group by all order by all;

create temp view report_duplicates as
select
    case kind
        when 'audio' then 'the same audio'
        when 'near' then 'nearly the same once aligned'
        else 'a person says so'
    end as kind,
    size as copies, count(*) as clusters
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
select
    parse_filename(path) as file, stage, reason,
    regexp_replace(
        replace(replace(detail, '''' || path || ''': ', ''), path || ': ', ''),
        ' \([a-z_]+=[^)]*\)', ''  -- measures, which the table quarantine keeps
    ) as detail
from quarantine order by stage, reason, path limit 200;
