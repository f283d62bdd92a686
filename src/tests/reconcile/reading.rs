//! What Zoom exports: meetings and webinars, in several languages and encodings.

use hadir::reconcile::{Encoding, Order, Part};

use super::{MEETING, at, read, read_bytes};

const ROW: &str = "Siti Aminah,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Yes,OK,No\n";

fn names(file: &hadir::reconcile::ZoomFile) -> Vec<&str> {
    file.visits.iter().map(|visit| visit.name.as_str()).collect()
}

#[test]
fn a_meeting_is_read_with_its_summary_and_without() {
    let old = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n\
        812 3456 7890,Pelajaran AI,11/24/2026 08:50:00 AM,11/24/2026 09:40:00 AM,host@example.org,50,1\n\n\
        Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent\n\
        Siti Aminah,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Yes,Y\n";
    let new = format!(
        "Topic,ID,Host name,Duration (minutes),Start time,End time,Participants\n\
         \"AI, lagi\",812 3456 7890,Panitia,50,11/24/2026 08:50:00 AM,11/24/2026 09:40:00 AM,1\n\n{MEETING}{ROW}"
    );

    for text in [old, &new, &format!("{MEETING}{ROW}")] {
        let file = read(text);

        assert_eq!(names(&file), ["Siti Aminah"], "{text}");
        assert_eq!(file.visits[0].email, "siti@example.org");
        assert_eq!(file.visits[0].stay.unwrap().start, at("2026-11-24T01:55:00.000Z"));
        assert_eq!((file.visits[0].minutes, file.has_times, file.is_by_shape), (Some(36), true, false));
        assert_eq!((file.unread, file.misses_lesson), (0, false));
    }
    assert_eq!(read(&new).participants, Some(1));
}

#[test]
fn unique_users_have_minutes_and_no_times() {
    for headings in [
        "Name (Original Name),User Email,Total Duration (Minutes),Guest",
        "Nama (nama asli),Email,Total durasi (menit)s,Tamu",
    ] {
        let file = read(&format!("{headings}\nSiti Aminah,siti@example.org,36,Yes\nBudi,,12,Yes\n"));

        assert_eq!(names(&file), ["Siti Aminah", "Budi"]);
        assert_eq!((file.visits[0].minutes, file.visits[0].stay, file.has_times), (Some(36), None, false));
    }
}

#[test]
fn a_webinar_is_read_by_its_sections_with_one_row_for_each_rejoin() {
    let file = read(
        "Attendee Report,,,,,,,,,,,,,\nReport Generated:,\"Nov 24, 2026 10:26\",,,,,,,,,,,,\n\
         Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,# Cancelled,Unique Viewers,Total Users,Max Concurrent Views,Enable Registration,,,,\n\
         Pelajaran,847 5984 1045,\"Nov 24, 2026 08:50\",50,3,0,2,4,0,Yes,,,,\n\
         Host Details,,,,,,,,,,,,,\n\
         Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name,,,,,,\n\
         Yes,Panitia,host@example.org,\"Nov 24, 2026 08:50:00\",\"Nov 24, 2026 09:40:00\",50,No,Indonesia,,,,,,\n\
         Panelist Details,,,,,,,,,,,,,\n\
         Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name,,,,,,\n\
         Yes,Narasumber,n@example.org,\"Nov 24, 2026 08:50:00\",\"Nov 24, 2026 09:40:00\",50,Yes,Indonesia,,,,,,\n\
         Attendee Details,,,,,,,,,,,,,\n\
         Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Registration Time,Approval Status,Join Time,Leave Time,Time in Session (minutes),Is Guest,Country/Region Name,Source Name\n\
         Yes,Guru 12,Siti,Aminah,siti@example.org,,\"Nov 20, 2026 19:13:27\",approved,\"Nov 24, 2026 08:55:00\",\"Nov 24, 2026 09:10:00\",15,Yes,Indonesia,\n\
         Yes,Guru 12,Siti,Aminah,siti@example.org,,\"Nov 20, 2026 19:13:27\",approved,\"Nov 24, 2026 09:11:00\",\"Nov 24, 2026 09:31:00\",20,Yes,Indonesia,\n\
         No,Ani,Ani,X,ani@example.org,,\"Nov 20, 2026 19:13:27\",approved,--,--,--,--,--,\n",
    );

    let parts: Vec<Part> = file.visits.iter().map(|visit| visit.part).collect();
    assert_eq!(names(&file), ["Panitia", "Narasumber", "Guru 12", "Guru 12"]);
    assert_eq!(parts, [Part::Host, Part::Panelist, Part::Attendee, Part::Attendee]);
    assert_eq!(file.visits[3].registered_name, "Siti Aminah");
    assert_eq!(file.visits[3].stay.unwrap().end, at("2026-11-24T02:31:00.000Z"));
    assert_eq!((file.absent, file.unread, file.participants), (1, 0, Some(2)));
}

#[test]
fn indonesian_headings_are_known() {
    let file = read(
        "Nama (nama asli),Email,Waktu bergabung,Waktu keluar,Durasi (menit),Tamu,Di ruang tunggu\n\
         Siti Aminah,,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Ya,Tidak\n\
         Budi,,11/24/2026 08:55:00 AM,11/24/2026 08:56:00 AM,1,Ya,Ya\n",
    );

    assert_eq!((names(&file), file.is_by_shape), (vec!["Siti Aminah", "Budi"], false));
    assert_eq!((file.visits[0].is_waiting, file.visits[1].is_waiting), (false, true));
}

#[test]
fn a_file_in_another_language_is_read_by_the_shape_of_its_cells() {
    let meeting = read(
        "トピック,ミーティング ID,開始時間,終了時間,メールアドレス,期間（分）,参加者\n\
         AI,812 3456 7890,11/24/2026 08:50:00 AM,11/24/2026 09:40:00 AM,host@example.org,50,2\n\n\
         名前（元の名前）,メールアドレス,参加時間,退出時間,期間（分）,ゲスト\n\
         Siti Aminah,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,はい\n\
         Budi,,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,はい\n",
    );
    let newer = read(
        "Argomento,ID,Nome host,Durata (minuti),Ora di inizio,Ora di fine,Partecipanti\n\
         AI,812 3456 7890,Panitia,50,11/24/2026 08:50:00 AM,11/24/2026 09:40:00 AM,1\n\n\
         Nome (nome originale),E-mail,Ora di ingresso,Ora di uscita,Durata (minuti),Ospite\n\
         Siti Aminah,siti@example.org,11/24/2026 08:55:00 AM,11/24/2026 09:31:00 AM,36,Sì\n",
    );
    let webinar = read(
        "Participó,Nombre de usuario,Nombre,Apellido,Correo,Teléfono,Registro,Estado,Entrada,Salida,Minutos,Invitado,País,Fuente\n\
         Sí,Siti Aminah,Siti,Aminah,siti@example.org,,\"Nov 20, 2026 19:13:27\",aprobado,\"Nov 24, 2026 08:55:00\",\"Nov 24, 2026 09:31:00\",36,Sí,Indonesia,\n",
    );
    let totals = read("Nom,Courriel,Total,Invité\nSiti Aminah,siti@example.org,36,Oui\nBudi,,12,Oui\n");

    assert_eq!(names(&meeting), ["Siti Aminah", "Budi"]);
    for file in [&meeting, &newer, &webinar, &totals] {
        assert_eq!((names(file)[0], file.visits[0].email.as_str()), ("Siti Aminah", "siti@example.org"));
        assert_eq!((file.visits[0].minutes, file.is_by_shape), (Some(36), true));
    }
}

#[test]
fn every_encoding_gives_the_same_names() {
    let text = format!("{MEETING}{}", ROW.replace("Aminah", "Añorga"));
    let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let (low, high) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    let latin: Vec<u8> = text.chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();

    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8),
        ([b"\xff\xfe", low.as_slice()].concat(), Encoding::Utf16Le),
        ([b"\xfe\xff", high.as_slice()].concat(), Encoding::Utf16Be),
        (low, Encoding::Utf16Le),
        (high, Encoding::Utf16Be),
        (latin, Encoding::Windows1252),
    ] {
        let file = read_bytes(&bytes).unwrap();
        assert_eq!((names(&file), file.encoding), (vec!["Siti Añorga"], encoding));
    }
}

#[test]
fn semicolons_and_tabs_separate_cells_too() {
    for delimiter in [";", "\t"] {
        let file = read(&format!("{MEETING}{ROW}").replace(',', delimiter));
        assert_eq!(names(&file), ["Siti Aminah"], "{delimiter:?}");
    }
    assert_eq!(names(&read(&format!("sep=;\n{}", format!("{MEETING}{ROW}").replace(',', ";")))), ["Siti Aminah"]);
}

#[test]
fn dates_that_a_spreadsheet_turned_round_are_told_by_the_lesson() {
    let row = |join: &str, leave: &str| format!("{MEETING}Siti,,{join},{leave},30,Yes,OK,No\n");

    let turned = read(&row("24/11/2026 09.00", "24/11/2026 09.30"));

    assert_eq!((turned.order, turned.misses_lesson), (Order::DayFirst, false));
    assert_eq!(turned.visits[0].stay.unwrap().start, at("2026-11-24T02:00:00.000Z"));
}

#[test]
fn a_file_of_another_day_or_zone_is_told() {
    let other_day = read(&format!("{MEETING}{}", ROW.replace("11/24", "11/25")));
    let other_zone = read(&format!("{MEETING}{}", ROW.replace("08:55", "10:55").replace("09:31", "11:31")));

    assert!(other_day.misses_lesson && other_zone.misses_lesson);
}

#[test]
fn somebody_who_is_still_there_has_a_row_without_an_end() {
    let file = read(&format!("{MEETING}Siti,,11/24/2026 08:55:00 AM,,36,Yes,OK,No\n"));

    assert_eq!((names(&file), file.visits[0].stay, file.unread), (vec!["Siti"], None, 0));
}
