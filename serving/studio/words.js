// Every word that the pages show, in English and Turkish.

const WORDS = {
  en: {
    skip: "Skip to the music", pages: "Pages", studio: "Studio", catalog: "Catalog", models: "Models",
    title: "What shall it be?", genre: "Genre", mood: "Mood", key: "Key", tempo: "Tempo", tap: "Tap", any: "any",
    length: "Length", more: "Seed, engine, words, output", song: "Lyrics, reference", sections: "Sections", chords: "Chords", loops: "Loops", lrc: "Words, timed", rearrange: "Arrange anew",
    "lyrics-help": "A line each; [verse] or [chorus] on a line of its own starts a section.", "lyrics-cannot": "This engine does not sing.", "lyrics-language": "Language of the lyrics", "lyrics-auto": "by its letters",
    arrange: "Arrange its own music in the genre", strength: "Distance from the original", "drop-reference": "Without the reference", listening: "listening to it…",
    "loudness-own": "as it is mixed, about -14 LUFS", "loudness-16": "-16 LUFS: podcasts, phones", "loudness-23": "-23 LUFS: broadcast (EBU R 128)",
    seed: "Seed", dice: "Draw",
    "seed-help": "Empty draws a new one each time. The same seed gives the same music.",
    engine: "Engine", prompt: "In your words", lyrics: "Lyrics", reference: "Reference",
    "reference-help": "Choose a recording, or drop one anywhere here: its tempo and key are taken over where you leave them open.",
    strict: "Strict: try again until tempo and key measure as asked",
    parts: "Players", "part-engine": "engine", "part-drums": "drums", "part-bass": "bass", "part-chords": "chords", "part-melody": "melody",
    generate: "Generate", live: "Live", cancel: "Cancel", music: "Music", progress: "Progress",
    empty: "Choose as much or as little as you like, then press Generate.",
    "empty-help": "Every piece is measured after it is made: you see what you asked for beside what you got.",
    ideas: "Ideas", takes: "Takes", forget: "Clear", play: "Play", pause: "Pause", waveform: "Position in the music",
    asked: "Asked", measured: "Measured", loudness: "Loudness", open: "open", unmeasured: "no clear answer",
    hit: "as asked", missed: "missed", download: "Download", share: "Copy link", shared: "The link is copied: it gives this very music.",
    again: "Same, new seed", provenance: "Licence and origin", licence: "Licence", commercial: "Commercial use", yes: "yes", no: "no",
    model: "Model", attribution: "Attribution", trained: "Trained on", nothing: "nothing: it is an algorithm", source: "Source type",
    made: "Made", stems: "Stems", "load-stems": "Open the mixer", mute: "Mute", solo: "Solo", volume: "Volume",
    compare: "Compare", "time-left": "about {s} s left", queued: "waiting", seconds: "s", cached: "from the cache",
    "api-key": "API key", save: "Save", "energy-dial": "Energy", energy: "energy", pleasant: "pleasant",
    "live-title": "Live", "live-help": "Music without an end. What you change is heard from the next bar on.", stop: "Stop", buffering: "making the first part…", playing: "playing", previewing: "you hear it as it is made", broken: "The sound can’t be loaded.",
    "corrected-candidate": "candidate {1} of {2}, seed {3}", "corrected-speed": "played {1} times as fast, pitch kept", "corrected-key": "transposed by {1} semitones, tempo kept", "corrected-gain": "gain of {1} dB", "corrected-gain-bound": "gain of {1} dB: more would pass {2} dBTP",
    "title-studio": "Shiroa studio", "title-catalog": "Shiroa catalog", "title-models": "Shiroa models", "more-tracks": "50 more", format: "Format", description: "The description", variations: "Versions", "strict-short": "Strict", stage: "{stage}, candidate {number}", failed: "it failed", cancelled: "cancelled",
    ok: "nothing wrong", silent: "silent", noise: "noise", clipped: "peaks cut off", phase_inverted: "channels cancel each other", silent_start: "long pause at the beginning", silent_end: "long pause at the end", dc_offset: "constant offset", mono_as_stereo: "same on both channels", lossy_origin: "was lossy before", wrong_speed: "wrong speed", upsampled: "upsampled", train: "training", validation: "validation", test: "test",
    major: "major", minor: "minor", correction: "Corrected", 
    ab: "A/B: switch to this take at the same place",
    "catalog-title": "What was collected", "to-review": "To hear first", conflict: "source and model disagree", "unclear source": "the source names several", uncertain: "only the model spoke", "source-says": "source: {value}", "model-says": "model: {value} ({sure} %)", "genre-doubt": "Genre in doubt", "mood-doubt": "Mood in doubt", all: "All", search: "Search", report: "Report", tracks: "{n} tracks", "no-track": "Choose a track to hear it.",
    "confirm": "Right as it is", "nothing-fits": "No word fits", "shortcuts": "J and K move, space plays, digits set the genre, Shift and digits the mood, Enter confirms.", "by-source": "by its source", "by-model": "by the model", "by-person": "by a person", "label-saved": "Saved: {value}", track: "Track", labels: "Labels", artist: "Artist", quality: "Quality", split: "Split", unknown: "unknown",
    "models-title": "Engines and models", engines: "Engines", registry: "Registry", state: "State", status: "Status", snapshot: "Snapshot", "empty-registry": "No model has been trained yet: shiroa train classifier --snapshot NAME", "listen-title": "Listen side by side", "listen-help": "The same request and seed, made by each engine.", listen: "Make them", longest: "Longest", 
    "kind-classifier": "Classifiers", "kind-musicgen": "Music models", genre_macro_f1: "Genre macro-F1", mood_macro_f1: "Mood macro-F1", genre_labelled_share: "Genre labelled", mood_labelled_share: "Mood labelled", genre_calibration_error: "Genre calibration error", mood_calibration_error: "Mood calibration error", loss_start: "Loss before", loss_end: "Loss after", unigram_entropy: "Unigram entropy", steps: "Steps", better: "better than the one in production", worse: "worse than the one in production",
    ready: "ready", idle: "loads when first asked", loading: "loading", unavailable: "unavailable", candidate: "candidate", approved: "approved", production: "in production", retired: "retired",
    composing: "composing", arranging: "arranging", measuring: "measuring", writing: "writing", done: "done",
    "problem-key-required": "This service is closed: enter the API key that you were given.", "problem-wrong-key": "This key is unknown or revoked: ask for another.", "problem-queue-full": "Too many pieces are waiting. Try again in about {s} s: nothing here is lost.", "problem-too-many-listeners": "Too many are listening. This tries again by itself.", "problem-too-large": "Too large: at most {mb} MB.", "problem-shutting-down": "The service is being restarted: try again in a few seconds.",
    "problem-no-job": "This piece is no longer waited for: the service has forgotten it. Press Generate again.", "problem-no-audio": "This audio has been removed since it was made: make it again.", "problem-no-track": "This track, or its file, is not here any more.", "problem-no-session": "The live music has ended: start it again.", "problem-no-catalog": "There is no catalog yet: shiroa ingest FOLDER brings music in.", "problem-no-report": "The report can’t be made: {detail}.", "problem-expired-address": "This address has expired: open the take again.", "problem-out-of-scope": "Your key does not allow this: ask for one that does.", "problem-stream-broken": "The music broke off: start it again.", "problem-ended": "There is no music to hear: it failed or was cancelled.", "problem-not-yet": "This can’t be heard before it is finished.", "problem-unavailable": "The engine can’t be used now. Its reason: {detail}.", "problem-unsupported": "The engine can’t make this. Its reason: {detail}.", "problem-timeout": "It took too long: ask for a shorter piece.", "problem-engine-died": "The engine broke down over this piece several times: ask for something else.", "problem-engine-failed": "The engine failed. Its reason: {detail}.", "problem-out-of-memory": "The engine ran out of memory: ask for a shorter piece.",
    "fault-out-of-range": "{field} must be {min} to {max}{unit}, not {value}.", "fault-not-whole": "{field} must be a whole number from {min} to {max}, not {value}.", "fault-not-one-of": "{field} must be {allowed}, not {value}.", "fault-not-boolean": "{field} must be true or false, not {value}.", "fault-not-a-key": "{field} must be a tonic and a mode, such as F# minor, not {value}.", "fault-too-long": "{field} must be at most {max} characters long.", "fault-wrong-count": "{field}: {min} to {max} are possible.", "fault-missing": "{field} is missing.", "fault-unknown-field": "{value} is not known here.", "fault-not-json": "The request is not JSON.", "fault-unknown-model": "There is no engine called {value}: choose another.", "fault-unknown-reference": "The recording is no longer here: choose it again.", "fault-unusable-audio": "This recording can’t be used: {reason}. It must be playable audio of at most {minutes} minutes.", "fault-reference-too-short": "The recording is {value} s long: to be arranged it must be at least {min} s.", "fault-longer-than-reference": "{field} must be at most {max}{unit}, the length of the recording, not {value}.", "fault-needs-reference": "Arranging needs a recording: choose one.", "fault-excludes": "{field} can’t be chosen while a recording is arranged.", "fault-unskilled": "{engine} can’t {skill}: leave it out or choose another engine.", "fault-too-many-at-once": "{value} pieces are too many at once: at most {max} may wait.", "fault-key-used": "This was sent before with another request.", "fault-session-taken": "This live music plays already somewhere else.", "fault-not-an-id": "{value} is not an id.", "fault-refused-address": "{value} can’t be called.",
    "skill-lyrics": "sing", "skill-parts": "let you choose the players", "skill-transfer": "arrange recordings",
    "audio-not_audio": "it is no audio", "audio-not_measured": "it could not be measured", "audio-too_long": "it is too long", "audio-not_a_file": "it is no file", "audio-too_short": "it is too short", "audio-too_many_channels": "it has too many channels", "audio-empty": "it is empty", "audio-corrupt": "it is damaged", "audio-truncated": "its end is missing", "audio-length_mismatch": "it is longer than it claims", "audio-unsupported": "this kind of file can’t be read", "audio-unreadable": "it can’t be read", "audio-not_finite": "it holds numbers that are no sound", "audio-out_of_range": "it is far too loud",
    reconnecting: "connection lost, trying again…", remake: "Make it again", forgotten: "The takes are cleared.", undo: "Undo", next: "Next", "no-match": "No track matches “{search}”.", "all-heard": "Nothing is in doubt: every label has been settled.",
    "problem-unreachable": "The service can’t be reached. Nothing here is lost: try again in a moment.", "empty-catalog": "No track here. shiroa ingest FOLDER brings music in.",
    happy: "happy", energetic: "energetic", epic: "epic", calm: "calm", dreamy: "dreamy", sad: "sad", dark: "dark", tense: "tense",
    pop: "pop", rock: "rock", electronic: "electronic", "hip-hop": "hip-hop", jazz: "jazz", classical: "classical", folk: "folk", ambient: "ambient", "lo-fi": "lo-fi", cinematic: "cinematic",
  },
  tr: {
    skip: "Müziğe geç", pages: "Sayfalar", studio: "Stüdyo", catalog: "Katalog", models: "Modeller",
    title: "Ne çalalım?", genre: "Tür", mood: "Duygu", key: "Ton", tempo: "Tempo", tap: "Vur", any: "serbest",
    length: "Süre", more: "Tohum, motor, sözler, çıktı", song: "Şarkı sözü, örnek parça", sections: "Bölümler", chords: "Akorlar", loops: "Döngüler", lrc: "Zamanlı sözler", rearrange: "Yeniden düzenle",
    "lyrics-help": "Her dize bir satır; tek başına [verse] ya da [chorus] yeni bölüm açar.", "lyrics-cannot": "Bu motor şarkı söylemez.", "lyrics-language": "Sözlerin dili", "lyrics-auto": "harflerinden",
    arrange: "Kendi müziğini bu türde düzenle", strength: "Aslından uzaklık", "drop-reference": "Örnek olmadan", listening: "dinleniyor…",
    "loudness-own": "miksteki gibi, yaklaşık -14 LUFS", "loudness-16": "-16 LUFS: podcast, telefon", "loudness-23": "-23 LUFS: yayın (EBU R 128)",
    seed: "Tohum", dice: "Çek",
    "seed-help": "Boşsa her seferinde yenisi çekilir. Aynı tohum aynı müziği verir.",
    engine: "Motor", prompt: "Kendi sözlerinizle", lyrics: "Şarkı sözü", reference: "Örnek parça",
    "reference-help": "Bir kayıt seçin ya da buraya bırakın: serbest bıraktığınız tempo ve ton ondan alınır.",
    strict: "Sıkı: tempo ve ton istendiği gibi ölçülene dek yeniden dene",
    parts: "Çalanlar", "part-drums": "davul", "part-bass": "bas", "part-chords": "akor", "part-melody": "ezgi",
    generate: "Üret", live: "Canlı", cancel: "Vazgeç", music: "Müzik", progress: "İlerleme",
    empty: "Dilediğiniz kadarını seçin, sonra Üret’e basın.",
    "empty-help": "Her parça bitince ölçülür: istediğinizi ve çıkanı yan yana görürsünüz.",
    ideas: "Fikirler", takes: "Denemeler", forget: "Temizle", play: "Çal", pause: "Duraklat", waveform: "Parçadaki yer",
    asked: "İstenen", measured: "Ölçülen", loudness: "Gürlük", open: "serbest", unmeasured: "net bir yanıt yok",
    hit: "istendiği gibi", missed: "tutmadı", download: "İndir", share: "Bağlantıyı kopyala", shared: "Bağlantı kopyalandı: tam bu müziği verir.",
    again: "Aynısı, yeni tohum", provenance: "Lisans ve köken", licence: "Lisans", commercial: "Ticari kullanım", yes: "evet", no: "hayır",
    model: "Model", attribution: "Atıf", trained: "Eğitim verisi", nothing: "yok: bir algoritma", source: "Kaynak türü",
    made: "Üretim", stems: "Kanallar", "load-stems": "Mikseri aç", mute: "Sustur", solo: "Solo", volume: "Ses",
    compare: "Karşılaştır", "time-left": "yaklaşık {s} sn kaldı", queued: "bekliyor", seconds: "sn", cached: "önbellekten",
    "api-key": "API anahtarı", save: "Kaydet", "energy-dial": "Enerji", energy: "enerji", pleasant: "hoşluk",
    "live-title": "Canlı", "live-help": "Sonu olmayan müzik. Değiştirdiğiniz, sonraki ölçüde duyulur.", stop: "Durdur", buffering: "ilk bölüm yapılıyor…", playing: "çalıyor", previewing: "yapılırken dinliyorsunuz", broken: "Ses yüklenemedi.",
    "corrected-candidate": "{2} adaydan {1}., tohum {3}", "corrected-speed": "{1} kat hızla çalındı, perde aynı", "corrected-key": "{1} yarım ses aktarıldı, tempo aynı", "corrected-gain": "{1} dB kazanç", "corrected-gain-bound": "{1} dB kazanç: fazlası {2} dBTP’yi aşardı",
    "title-studio": "Shiroa stüdyosu", "title-catalog": "Shiroa kataloğu", "title-models": "Shiroa modelleri", "more-tracks": "50 tane daha", format: "Biçim", description: "Tarif", variations: "Sürümler", "strict-short": "Sıkı", stage: "{stage}, {number}. aday", failed: "yapılamadı", cancelled: "vazgeçildi",
    ok: "kusursuz", silent: "sessiz", noise: "gürültü", clipped: "tepeleri kesik", phase_inverted: "kanallar birbirini götürüyor", silent_start: "başında uzun sessizlik", silent_end: "sonunda uzun sessizlik", dc_offset: "sabit kayma", mono_as_stereo: "iki kanal aynı", lossy_origin: "önceden kayıplıydı", wrong_speed: "yanlış hız", upsampled: "sonradan yükseltilmiş", train: "eğitim", validation: "doğrulama", test: "sınama",
    major: "majör", minor: "minör", correction: "Düzeltildi", 
    ab: "A/B: aynı yerde bu denemeye geç",
    "catalog-title": "Toplananlar", "to-review": "Önce dinlenecekler", conflict: "kaynak ve model ayrı söylüyor", "unclear source": "kaynak birkaç tane söylüyor", uncertain: "yalnız model söyledi", "source-says": "kaynak: {value}", "model-says": "model: {value} (%{sure})", "genre-doubt": "Tür kuşkulu", "mood-doubt": "Duygu kuşkulu", all: "Hepsi", search: "Ara", report: "Rapor", tracks: "{n} parça", "no-track": "Dinlemek için bir parça seçin.",
    "confirm": "Olduğu gibi doğru", "nothing-fits": "Hiçbir söz uymuyor", "shortcuts": "J ve K gezdirir, boşluk çalar, rakamlar türü, Shift ve rakamlar duyguyu seçer, Enter onaylar.", "by-source": "kaynağından", "by-model": "modelden", "by-person": "bir insandan", "label-saved": "Kaydedildi: {value}", track: "Parça", labels: "Etiketler", artist: "Sanatçı", quality: "Nitelik", split: "Bölüm", unknown: "bilinmiyor",
    "models-title": "Motorlar ve modeller", engines: "Motorlar", registry: "Kayıt", state: "Durum", status: "Aşama", snapshot: "Anlık görüntü", "empty-registry": "Henüz eğitilmiş model yok: shiroa train classifier --snapshot AD", "listen-title": "Yan yana dinleyin", "listen-help": "Aynı istek ve tohum, her motorla.", listen: "Üret", longest: "En uzun", 
    "kind-classifier": "Sınıflandırıcılar", "kind-musicgen": "Müzik modelleri", genre_macro_f1: "Tür makro-F1", mood_macro_f1: "Duygu makro-F1", genre_labelled_share: "Etiketlenen tür", mood_labelled_share: "Etiketlenen duygu", genre_calibration_error: "Tür kalibrasyon hatası", mood_calibration_error: "Duygu kalibrasyon hatası", loss_start: "Önceki kayıp", loss_end: "Sonraki kayıp", unigram_entropy: "Unigram entropisi", steps: "Adım", better: "yayındakinden iyi", worse: "yayındakinden kötü",
    ready: "hazır", idle: "ilk istekte yüklenir", loading: "yükleniyor", unavailable: "kullanılamıyor", candidate: "aday", approved: "onaylı", production: "yayında", retired: "emekli",
    composing: "besteleniyor", arranging: "düzenleniyor", measuring: "ölçülüyor", writing: "yazılıyor", done: "bitti", "making music": "müzik yapılıyor",
    intro: "giriş", verse: "kıta", chorus: "nakarat", bridge: "köprü", head: "tema", outro: "bitiş", drop: "patlama", break: "ara",
    build: "yükseliş", hook: "ana motif", theme: "tema", answer: "yanıt", development: "gelişme", coda: "koda", rise: "doğuş", drift: "süzülüş", still: "durgunluk", fall: "iniş", loop: "döngü", "loop b": "döngü b", climax: "doruk", aftermath: "sonrası",
    drums: "davul", bass: "bas", melody: "ezgi", voice: "ses", piano: "piyano", guitar: "gitar", strings: "yaylılar", cello: "çello", sax: "saksofon", vibes: "vibrafon", flute: "flüt", pad: "ped",
    arp: "arpej", basses: "kontrbaslar", bells: "çanlar", brass: "bakırlar", celli: "çellolar", chimes: "çıngırak", choir: "koro", drone: "dem", "part-engine": "motor", felt: "keçeli piyano", fiddle: "halk kemanı", glockenspiel: "glokenşpil", "guitar left": "sol gitar", "guitar right": "sağ gitar", haze: "pus", horns: "kornolar", keys: "tuşlu", lead: "önde çalan", "low brass": "pes bakırlar", organ: "org", ostinato: "ostinato", picking: "parmak gitarı", pizzicato: "pizzikato", pluck: "çekme", pulse: "nabız", shadow: "gölge", tremolo: "tremolo", vinyl: "plak", violas: "viyolalar", violins: "kemanlar", voices: "sesler", whistle: "ıslık",
    "problem-key-required": "Bu servis kapalı: size verilen API anahtarını girin.", "problem-wrong-key": "Bu anahtar bilinmiyor ya da geri alınmış: başkasını isteyin.", "problem-queue-full": "Çok fazla parça bekliyor. Yaklaşık {s} sn sonra yeniden deneyin: buradaki hiçbir şey yitmez.", "problem-too-many-listeners": "Çok fazla dinleyen var. Kendiliğinden yeniden denenecek.", "problem-too-large": "Çok büyük: en fazla {mb} MB.", "problem-shutting-down": "Servis yeniden başlatılıyor: birkaç saniye sonra yeniden deneyin.",
    808: "808 bas", supersaw: "süper testere", plucks: "çekmeler", pizzicati: "pizzikatolar", nylon: "naylon gitar", "nylon tears": "naylon gitar ezgisi", stabs: "vuruş akorları",
    accordion: "akordeon", tears: "piyano ezgisi", chug: "kısa yaylar", "dark strings": "koyu yaylılar", glow: "ışıltı", "hammered piano": "vurulan piyano", harmonium: "harmonyum", harp: "arp", hum: "mırıltı",
    "palm mutes": "susturulmuş gitar", "picked tremolo": "tremolo gitar", pulses: "atımlar", rap: "rap", shout: "haykırış", "soft keys": "yumuşak tuşlu", strum: "ritim gitarı",
    "problem-no-job": "Bu parça artık beklenmiyor: servis onu unutmuş. Yeniden Üret’e basın.", "problem-no-audio": "Bu ses yapıldıktan sonra silinmiş: yeniden yapın.", "problem-no-track": "Bu parça ya da dosyası artık burada değil.", "problem-no-session": "Canlı müzik sona ermiş: yeniden başlatın.", "problem-no-catalog": "Henüz katalog yok: shiroa ingest KLASÖR müzik ekler.", "problem-no-report": "Rapor yapılamıyor: {detail}.", "problem-expired-address": "Bu adresin süresi dolmuş: denemeyi yeniden açın.", "problem-out-of-scope": "Anahtarınız buna izin vermiyor: izin veren bir anahtar isteyin.", "problem-stream-broken": "Müzik kesildi: yeniden başlatın.", "problem-ended": "Dinlenecek müzik yok: yapılamadı ya da vazgeçildi.", "problem-not-yet": "Bu, bitmeden dinlenemez.", "problem-unavailable": "Motor şu an kullanılamıyor. Bildirdiği neden: {detail}.", "problem-unsupported": "Motor bunu yapamıyor. Bildirdiği neden: {detail}.", "problem-timeout": "Çok uzun sürdü: daha kısa bir parça isteyin.", "problem-engine-died": "Motor bu parçada birkaç kez çöktü: başka bir şey isteyin.", "problem-engine-failed": "Motor başaramadı. Bildirdiği neden: {detail}.", "problem-out-of-memory": "Motorun belleği yetmedi: daha kısa bir parça isteyin.",
    "fault-out-of-range": "{field} {min} ile {max}{unit} arasında olmalı; {value} olmaz.", "fault-not-whole": "{field} {min} ile {max} arasında bir tam sayı olmalı; {value} olmaz.", "fault-not-one-of": "{field} şunlardan biri olmalı: {allowed}; {value} olmaz.", "fault-not-boolean": "{field} true ya da false olmalı; {value} olmaz.", "fault-not-a-key": "{field} bir ses ve majör ya da minör olmalı, örneğin F# minor; {value} olmaz.", "fault-too-long": "{field} en çok {max} karakter olabilir.", "fault-wrong-count": "{field}: {min} ile {max} arasında olabilir.", "fault-missing": "{field} eksik.", "fault-unknown-field": "{value} burada bilinmiyor.", "fault-not-json": "İstek JSON değil.", "fault-unknown-model": "{value} adında bir motor yok: başkasını seçin.", "fault-unknown-reference": "Kayıt artık burada değil: yeniden seçin.", "fault-unusable-audio": "Bu kayıt kullanılamıyor: {reason}. En çok {minutes} dakikalık, çalınabilir bir ses olmalı.", "fault-reference-too-short": "Kayıt {value} sn uzunluğunda: düzenlenmesi için en az {min} sn olmalı.", "fault-longer-than-reference": "{field} en çok {max}{unit}, yani kaydın süresi kadar olabilir; {value} olmaz.", "fault-needs-reference": "Düzenlemek için bir kayıt gerekir: birini seçin.", "fault-excludes": "Bir kayıt düzenlenirken {field} seçilemez.", "fault-unskilled": "{engine} {skill}: onu boş bırakın ya da başka motor seçin.", "fault-too-many-at-once": "Bir kerede {value} parça çok fazla: en çok {max} parça bekleyebilir.", "fault-key-used": "Bu daha önce başka bir istekle gönderilmiş.", "fault-session-taken": "Bu canlı müzik başka bir yerde çalıyor.", "fault-not-an-id": "{value} bir kimlik değil.", "fault-refused-address": "{value} çağrılamaz.",
    "skill-lyrics": "şarkı söyleyemez", "skill-parts": "çalanları seçtiremez", "skill-transfer": "kayıt düzenleyemez",
    "audio-not_audio": "bir ses dosyası değil", "audio-not_measured": "ölçülemedi", "audio-too_long": "çok uzun", "audio-not_a_file": "bir dosya değil", "audio-too_short": "çok kısa", "audio-too_many_channels": "çok fazla kanalı var", "audio-empty": "boş", "audio-corrupt": "bozuk", "audio-truncated": "sonu eksik", "audio-length_mismatch": "bildirdiğinden uzun", "audio-unsupported": "bu tür dosya okunamıyor", "audio-unreadable": "okunamıyor", "audio-not_finite": "ses olmayan sayılar içeriyor", "audio-out_of_range": "aşırı yüksek",
    reconnecting: "bağlantı koptu, yeniden deneniyor…", remake: "Yeniden yap", forgotten: "Denemeler temizlendi.", undo: "Geri al", next: "Sonraki", "no-match": "“{search}” ile eşleşen parça yok.", "all-heard": "Kuşkulu bir şey yok: her etiket kesinleşti.",
    "problem-unreachable": "Servise ulaşılamıyor. Buradaki hiçbir şey yitmez: birazdan yeniden deneyin.", "empty-catalog": "Burada parça yok. shiroa ingest KLASÖR müzik ekler.",
    happy: "mutlu", energetic: "enerjik", epic: "epik", calm: "sakin", dreamy: "düşsel", sad: "hüzünlü", dark: "karanlık", tense: "gergin",
    pop: "pop", rock: "rock", electronic: "elektronik", "hip-hop": "hip-hop", jazz: "caz", classical: "klasik", folk: "folk", ambient: "ambient", "lo-fi": "lo-fi", cinematic: "sinematik",
  },
};

const KEPT = "shiroa.language";
let language = localStorage.getItem(KEPT) || ((navigator.language || "").startsWith("tr") ? "tr" : "en");

/** The word for a name, with `{x}` filled in; the name itself when nobody has translated it. */
export function t(name, values = {}) {
  const word = WORDS[language][name] ?? WORDS.en[name] ?? name;
  return word.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Whether a name has a word of its own. */
export const known = (name) => name in WORDS.en;

export const listOf = (words) => new Intl.ListFormat(language, { type: "disjunction" }).format(words);

/** A player of the band, one of whom is called as the machine is. */
export const partName = (name) => t(name === "engine" ? "part-engine" : name);

/** Tonics that musicians write with a flat, by mode; the service spells every key with sharps. */
const FLATS = {
  major: { "C#": "D♭", "D#": "E♭", "G#": "A♭", "A#": "B♭" },
  minor: { "D#": "E♭", "A#": "B♭" },
};

/** The tonic of a key as musicians write it: "B♭" of "A# major". */
export const tonicOf = (key) => {
  const [tonic, mode] = key.split(" ");
  return FLATS[mode]?.[tonic] ?? tonic.replace("#", "♯");
};

/** "F# minor" in the reader's language. */
export const keyName = (key) => `${tonicOf(key)} ${t(key.split(" ")[1])}`;

export function translatePage() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  const other = document.querySelector("#language");
  if (other) {
    other.textContent = language === "en" ? "Türkçe" : "English";
    other.lang = language === "en" ? "tr" : "en";
  }
  document.dispatchEvent(new Event("language"));
}

export function toggleLanguage() {
  language = language === "en" ? "tr" : "en";
  localStorage.setItem(KEPT, language);
  translatePage();
}

export const numberFormat = (value, digits = 1, useGrouping = true) =>
  value.toLocaleString(language, { maximumFractionDigits: digits, useGrouping });
