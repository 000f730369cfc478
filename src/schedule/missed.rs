//! What becomes of a moment that has arrived: in time, too late, or not to be told.

use crate::{
    calendar::{MissedPolicy, Moment, Standing},
    control::dues::Fate,
};
use jiff::{SignedDuration, Zoned};

/// So late a moment still counts as in time: a machine that is just starting or busy.
pub const GRACE: SignedDuration = SignedDuration::from_secs(90);

/// What becomes of the moments of one scenario that lie between the last look and now; those left out are not among them.
/// `rule` is that of missed moments.
#[must_use]
pub fn fates(moments: &[Moment], now: &Zoned, rule: MissedPolicy) -> Vec<(Fate, Option<&'static str>)> {
    let late = |m: &Moment| now.timestamp().duration_since(m.at.timestamp()) > GRACE;
    let in_time = moments.iter().any(|m| !late(m) && m.standing == Standing::Fires);
    let last_missed =
        moments.iter().rposition(|m| late(m) && m.standing == Standing::Fires).filter(|_| !in_time);
    let fate = |(at, moment): (usize, &Moment)| match &moment.standing {
        Standing::Unknown(_) | Standing::LeftOut => (Fate::Hold(format!("{}。", moment.why)), None),
        Standing::Fires if !late(moment) => (Fate::Start(None), None),
        Standing::Fires => (too_late(rule, Some(at) == last_missed), Some(rule.word())),
    };
    moments.iter().enumerate().map(fate).collect()
}

/// What becomes of a moment at which shoki was not running.
fn too_late(rule: MissedPolicy, newest: bool) -> Fate {
    let down = "予定の時刻に書記が動いていませんでした";
    match (rule, newest) {
        (MissedPolicy::Hold, _) => Fate::Hold(format!(
            "{down}。`shoki schedule run` で開始するか、`shoki schedule skip` で見送ってください。"
        )),
        (MissedPolicy::RunOnce, true) => {
            Fate::Start(Some(format!("{down}。いま1回だけ開始しました（missed: run_once）。")))
        }
        (MissedPolicy::RunOnce, false) => {
            Fate::Skip(format!("{down}。あとの予定の分とまとめて1回だけ開始しました（missed: run_once）。"))
        }
        (MissedPolicy::Skip, _) => Fate::Skip(format!("{down}。見送りました（missed: skip）。")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn moment(at: &str) -> Moment {
        let at = format!("{at}[Asia/Tokyo]").parse().unwrap();
        Moment { at, why: "開庁日の予定です".into(), standing: Standing::Fires }
    }

    fn words(fates: &[(Fate, Option<&'static str>)]) -> Vec<&'static str> {
        let word = |f: &(Fate, _)| match f.0 {
            Fate::Start(None) => "start",
            Fate::Start(Some(_)) => "late",
            Fate::Hold(_) => "hold",
            Fate::Skip(_) => "skip",
        };
        fates.iter().map(word).collect()
    }

    #[test]
    fn three_days_down() {
        let moments = [moment("2026-11-18T20:30"), moment("2026-11-19T20:30"), moment("2026-11-20T20:30")];
        let now = moments[2].at.checked_add(30.seconds()).unwrap();
        assert_eq!(words(&fates(&moments, &now, MissedPolicy::Hold)), ["hold", "hold", "start"]);
        assert_eq!(words(&fates(&moments, &now, MissedPolicy::RunOnce)), ["skip", "skip", "start"]);
        assert_eq!(words(&fates(&moments, &now, MissedPolicy::Skip)), ["skip", "skip", "start"]);
        let later = moments[2].at.checked_add(2.minutes()).unwrap();
        assert_eq!(words(&fates(&moments, &later, MissedPolicy::RunOnce)), ["skip", "skip", "late"]);
        assert_eq!(words(&fates(&moments, &later, MissedPolicy::Hold)), ["hold", "hold", "hold"]);
    }

    #[test]
    fn a_day_nobody_can_tell_is_held_in_time_or_not() {
        let error = crate::calendar::CalendarError::Beyond { year: 2051 };
        let unknown = Moment { standing: Standing::Unknown(error), ..moment("2051-01-04T08:30") };
        let found = fates(std::slice::from_ref(&unknown), &unknown.at, MissedPolicy::Skip);
        assert_eq!((words(&found), found[0].1), (vec!["hold"], None));
    }
}
