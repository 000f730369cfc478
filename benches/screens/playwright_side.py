"""The same registrations with Playwright for Python: its locators, its own waiting."""

import sys
import time
from contextlib import suppress

from playwright.sync_api import Error, sync_playwright

URL, TIMES, NUMBER = sys.argv[1], int(sys.argv[2]), "00000118125"


def field(where, label, tag="input"):
    return where.locator(f"xpath=//td[normalize-space(translate(., '※　', ''))='{label}']/following-sibling::td[1]//{tag}")


def button(where, text):
    return where.locator(f"xpath=//input[@value='{text}']")


def put(where, label, value):
    box = field(where, label)
    box.fill(value)
    assert box.input_value() == value


def beside(where, label):
    return where.locator(f"xpath=//td[normalize-space()='{label}']/following-sibling::td[1]").first.inner_text()


def main():
    began = time.monotonic()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 1024})
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(URL)
        put(page, "利用者ID", "juki_robot")
        field(page, "パスワード").fill("robot-2026")
        with page.expect_popup() as notice:
            button(page, "ログイン").click()
        notice.value.close()
        main_frame, menu_frame = page.frame_locator("[name=MAIN]"), page.frame_locator("[name=MENU]")
        main_frame.get_by_text("業務メニュー").first.wait_for()

        def menu(branch, leaf):
            menu_frame.get_by_role("link", name=branch, exact=True).click()
            menu_frame.get_by_role("link", name=leaf, exact=True).click()

        signed_in = time.monotonic()
        for _ in range(TIMES):
            menu("照会", "住民照会")
            with page.expect_popup() as opened:
                button(main_frame, "検索").click()
            popup = opened.value
            put(popup, "フリガナ", "タカハシ")
            button(popup, "検索実行").click()
            rows = []
            while True:
                button(popup, "選択").first.wait_for()
                rows += popup.locator("xpath=//tr[.//input[@value='選択']]").all_inner_texts()
                following = popup.get_by_role("link", name="次頁", exact=True)
                if following.count() == 0:
                    break
                with popup.expect_navigation():
                    following.click()
            assert rows
            with popup.expect_event("close"), suppress(Error):  # the click closes its own window
                popup.locator(f"xpath=//tr[td[normalize-space()='{NUMBER}']]//input[@value='選択']").click()
            button(main_frame, "照会").click()
            main_frame.get_by_text("異動履歴").first.wait_for()
            assert beside(main_frame, "氏名") == "髙橋 一郎" and beside(main_frame, "住所")
            menu("発行", "受理通知発送登録")
            put(main_frame, "宛名番号", NUMBER)
            put(main_frame, "届出日", "2026/10/30")
            field(main_frame, "異動事由", "select").select_option(label="転居")
            main_frame.locator("xpath=//input[@type='radio']").first.check()
            field(main_frame, "郵便種別", "select").select_option(label="普通")
            put(main_frame, "人数", "1")
            button(main_frame, "登録").click()
            main_frame.get_by_text("登録しました").first.wait_for()
            assert beside(main_frame, "受付番号")
        took = time.monotonic() - signed_in
        browser.close()
    print(f"playwright: {TIMES} registrations in {took:.2f}s ({time.monotonic() - began:.2f}s with start and sign-in)", flush=True)


main()
