//! Words and units on either side of a box or a field: each belongs to one of them, or to none where nobody can tell.

use super::{Here, cause};
use shoki::drivers::browser::{Cause, Follow, Press, ReadBack, Screen, Spot};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(3);
/// How long what is not there is looked for.
const SHORT: Duration = Duration::from_millis(300);

/// Ticks the box of each label and sees that it was the one of that `name`.
async fn ticked(s: &mut Screen, pairs: &[(&str, &str)]) {
    for &(label, field) in pairs {
        s.check(label, true).await.unwrap_or_else(|e| panic!("{label}: {e}"));
        s.expect(&format!("選んだ:{field};"), SOON).await.unwrap_or_else(|e| panic!("{label}: {e}"));
    }
}

/// Types into the field of each label; reads it there and from the field of that `name`.
async fn typed(s: &mut Screen, pairs: &[(&str, &str)]) {
    for (n, &(label, field)) in pairs.iter().enumerate() {
        let value = (n + 11).to_string();
        s.fill(label, &value, &ReadBack::default()).await.unwrap_or_else(|e| panic!("{label}: {e}"));
        for name in [field, label] {
            let read = s.read(&[name]).await.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(read[0].1, value, "{label} by {name}");
        }
    }
}

async fn nobodys(s: &mut Screen, label: &str) {
    let nobody = cause(s.fill(label, "1", &ReadBack::default()).await);
    assert!(matches!(nobody, Cause::NotFound { .. }), "{label}: {nobody}");
}

#[tokio::test]
async fn boxes_in_cells_have_their_words_on_the_side_that_the_looks_tell() {
    let here = Here::at("/labels_sides.html").await;
    let mut s = here.screen().await;
    ticked(
        &mut s,
        &[
            ("住民票", "a"),
            ("その他", "b"),
            ("市県民税", "c"),
            ("軽自動車税", "d"),
            ("口座振替", "e"),
            ("送付", "f"),
            ("同意", "g"),
            ("外国人", "h"),
            ("減免", "i"),
            ("新規", "j"),
            ("継続", "k"),
        ],
    )
    .await;
    s.set_wait(SHORT);
    for word in ["証明", "所得", "納税"] {
        let nobody = cause(s.check(word, true).await);
        assert!(matches!(nobody, Cause::NotFound { .. }), "{word}: {nobody}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn choices_that_stand_in_brackets_are_those_of_the_boxes_before_them() {
    let here = Here::at("/labels_sides.html").await;
    let mut s = here.screen().await;
    for (group, option, chosen) in
        [("法人格", "（有）", "hojin2"), ("法人格", "(株)", "hojin1"), ("sei", "男", "sei1")]
    {
        s.select(group, option).await.unwrap_or_else(|e| panic!("{option}: {e}"));
        s.expect(&format!("選んだ:{chosen};"), SOON).await.unwrap_or_else(|e| panic!("{option}: {e}"));
    }
    s.set_wait(SHORT);
    let nobody = cause(s.select("shu", "(乙)").await);
    assert!(matches!(nobody, Cause::NotFound { .. }), "there are three texts for two boxes: {nobody}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_words_of_the_next_block_are_not_those_of_a_box_that_has_its_own() {
    let here = Here::at("/labels_sides.html").await;
    let mut s = here.screen().await;
    ticked(
        &mut s,
        &[
            ("戸籍", "n"),
            ("附票", "o"),
            ("印鑑", "p"),
            ("転入", "q"),
            ("転居", "r"),
            ("出生", "s"),
            ("死亡", "t"),
        ],
    )
    .await;
    s.set_wait(SHORT);
    for word in ["婚姻", "離婚", "養子縁組"] {
        let nobody = cause(s.check(word, true).await);
        assert!(matches!(nobody, Cause::NotFound { .. }), "{word}: {nobody}");
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_unit_in_the_next_cell_is_that_of_the_field_before_it() {
    let here = Here::at("/labels_units.html").await;
    let mut s = here.screen().await;
    typed(
        &mut s,
        &[
            ("年", "y"),
            ("月", "m"),
            ("日", "d"),
            ("生年月日/年", "y"),
            ("生年月日/日", "d"),
            ("開始/分", "sfun"),
            ("終了/時", "eji"),
            ("終了/分", "efun"),
            ("数量", "kosu"),
            ("個", "kosu"),
            ("円", "kin"),
            ("から", "kara"),
            ("まで", "made"),
        ],
    )
    .await;
    s.select("開始/時", "9").await.unwrap();
    assert_eq!(s.read(&["sji"]).await.unwrap()[0].1, "9");
    s.check("不詳", true).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_label_that_could_be_a_unit_is_still_the_label_of_what_follows() {
    let here = Here::at("/labels_units.html").await;
    let mut s = here.screen().await;
    let labels = [("秒", "byo"), ("人", "nin"), ("会計", "kaikei"), ("年度", "nendo"), ("棟", "to")];
    typed(&mut s, &labels).await;
    for (label, wanted) in [("室", "総務"), ("階", "三階")] {
        assert_eq!(s.read(&[label]).await.unwrap()[0].1, wanted, "{label}");
    }
    s.set_wait(SHORT);
    for label in ["時間", "枚", "冊"] {
        nobodys(&mut s, label).await;
    }
    s.fill("kinmu", "8", &ReadBack::default()).await.unwrap();
    let either = cause(s.read(&["時間"]).await);
    assert!(matches!(&either, Cause::Ambiguous { found, .. } if found.len() == 2), "{either}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn units_on_one_line_are_those_of_the_last_name_before_them() {
    let here = Here::at("/labels_units.html").await;
    let mut s = here.screen().await;
    typed(
        &mut s,
        &[
            ("午前/時", "aji"),
            ("午前/分", "afun"),
            ("午後/時", "pji"),
            ("午後/分", "pfun"),
            ("出勤/時", "inji"),
            ("出勤/分", "infun"),
            ("退勤/時", "outji"),
            ("退勤/分", "outfun"),
        ],
    )
    .await;
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn one_of_ten_thousand_is_found_at_once() {
    let here = Here::at("/labels_many.html").await;
    let mut s = here.screen().await;
    let last = Press { spot: Spot { nth: Some(10_000), ..Spot::named("詳細") }, ..Press::default() };
    let began = Instant::now();
    s.press(&last, &Follow::default()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    s.expect("押した:10000;", SOON).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn words_that_cannot_be_seen_name_nothing() {
    let here = Here::at("/labels_unseen.html").await;
    let mut s = here.screen().await;
    typed(&mut s, &[("氏名", "shimei"), ("住所", "jusho")]).await;
    s.check("同意する", true).await.unwrap();
    s.set_wait(SHORT);
    let hidden = cause(s.fill("隠れた表", "1", &ReadBack::default()).await);
    assert!(matches!(hidden, Cause::NotReady { .. }), "what is hidden as a whole keeps its label: {hidden}");
    drop(s);
    here.end().await;
}
