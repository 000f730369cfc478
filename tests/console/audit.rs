//! 監査: the log searched by who, what and when; an auditor sees all of it, others what they did themselves.

use crate::house::House;
use shoki::control::people::Role;

/// How many lines the page shows.
fn lines(page: &str) -> usize {
    page.matches("<tr><td class=\"num\">").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_searched_by_the_day_of_the_office() {
    let house = House::new().await;
    // 2026-11-21 08:25 in the office, the day before in Greenwich.
    house.person("yamada", &[Role::Operator]).await;
    house.pass(24 * 3600);
    house.person("suzuki", &[Role::Operator]).await;
    let auditor = house.person("kansa", &[Role::Auditor]).await;
    let find = async |query: &str| house.get(&format!("/audit?{query}"), &auditor).await.body;
    let first = find("day=2026-11-21").await;
    assert!(lines(&first) > 2 && first.contains("yamada") && !first.contains("suzuki"), "{first}");
    assert!(first.contains("2026-11-21 08:25") && !first.contains("<td class=\"keep\">2026-11-22"));
    let second = find("day=2026-11-22").await;
    assert!(second.contains("suzuki") && !second.contains("<td class=\"keep\">2026-11-21"), "{second}");
    assert_eq!(lines(&find("day=2026-11-20").await), 0);
    assert_eq!(lines(&find("year=2019").await), 0, "a year without a log");
    let all = find("year=2026").await;
    assert_eq!(lines(&all), lines(&first) + lines(&second));
    assert!(all.contains("<option value=\"2026\" selected>2026 年度</option>"));
    for odd in
        ["day=x", "day=9999-12-31", "day=-9999-01-01", "year=x", "before=0", "day=2026-11-21&before=99999"]
    {
        assert_eq!(house.get(&format!("/audit?{odd}"), &auditor).await.status, 200, "{odd}");
    }
    let by = find("day=2026-11-22&who=suzuki&event=auth.ok").await;
    assert!(lines(&by) > 0 && !by.contains("<td class=\"keep\">kansa"), "{by}");
    assert!(!by.contains("<td class=\"keep\">職員の追加"), "only that event: {by}");
}
