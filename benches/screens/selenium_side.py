"""The same registrations with Selenium for Python, written as its guide says: explicit waits, no sleeps."""

import sys
import time

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as ec
from selenium.webdriver.support.ui import Select, WebDriverWait

URL, TIMES, NUMBER = sys.argv[1], int(sys.argv[2]), "00000118125"


def field(label, tag="input"):
    return By.XPATH, f"//td[normalize-space(translate(., '※　', ''))='{label}']/following-sibling::td[1]//{tag}"


def button(text):
    return By.XPATH, f"//input[@value='{text}']"


def main():
    began = time.monotonic()
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1024"):
        options.add_argument(flag)
    options.binary_location = "/usr/bin/chromium"
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    changing = [NoSuchElementException, StaleElementReferenceException]
    wait = WebDriverWait(driver, 10, ignored_exceptions=changing)
    find = lambda where: wait.until(ec.element_to_be_clickable(where))

    def frame(name):
        driver.switch_to.default_content()
        wait.until(ec.frame_to_be_available_and_switch_to_it(name))

    def put(label, value):
        box = find(field(label))
        box.clear()
        box.send_keys(value)
        assert box.get_property("value") == value

    def menu(branch, leaf):
        frame("MENU")
        find((By.LINK_TEXT, branch)).click()
        find((By.LINK_TEXT, leaf)).click()
        frame("MAIN")

    def has(text):
        wait.until(lambda d: text in d.find_element(By.TAG_NAME, "body").text)

    def beside(label):
        return driver.find_element(By.XPATH, f"//td[normalize-space()='{label}']/following-sibling::td[1]").text

    driver.get(URL)
    home = driver.current_window_handle
    put("利用者ID", "juki_robot")
    find(field("パスワード")).send_keys("robot-2026")
    find(button("ログイン")).click()
    wait.until(lambda d: len(d.window_handles) == 2)
    for window in driver.window_handles:
        if window != home:
            driver.switch_to.window(window)
            driver.close()
    driver.switch_to.window(home)
    frame("MAIN")
    has("業務メニュー")
    signed_in = time.monotonic()
    for _ in range(TIMES):
        menu("照会", "住民照会")
        find(button("検索")).click()
        wait.until(lambda d: len(d.window_handles) == 2)
        driver.switch_to.window(next(w for w in driver.window_handles if w != home))
        put("フリガナ", "タカハシ")
        find(button("検索実行")).click()
        rows = []
        while True:
            wait.until(ec.presence_of_element_located(button("選択")))
            page = driver.find_elements(By.XPATH, "//tr[.//input[@value='選択']]")
            rows += [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in page]
            following = driver.find_elements(By.LINK_TEXT, "次頁")
            if not following:
                break
            following[0].click()
            wait.until(ec.staleness_of(page[0]))
        assert rows
        find((By.XPATH, f"//tr[td[normalize-space()='{NUMBER}']]//input[@value='選択']")).click()
        wait.until(lambda d: len(d.window_handles) == 1)
        driver.switch_to.window(home)
        frame("MAIN")
        find(button("照会")).click()
        has("異動履歴")
        assert beside("氏名") == "髙橋 一郎" and beside("住所")
        menu("発行", "受理通知発送登録")
        put("宛名番号", NUMBER)
        put("届出日", "2026/10/30")
        Select(find(field("異動事由", "select"))).select_by_visible_text("転居")
        find((By.XPATH, "//input[@type='radio'][following-sibling::text()[1][contains(.,'異動前')] or ../text()[contains(.,'異動前')]]")).click()
        Select(find(field("郵便種別", "select"))).select_by_visible_text("普通")
        put("人数", "1")
        find(button("登録")).click()
        wait.until(ec.alert_is_present()).accept()
        has("登録しました")
        assert beside("受付番号")
    took = time.monotonic() - signed_in
    driver.quit()
    print(f"selenium: {TIMES} registrations in {took:.2f}s ({time.monotonic() - began:.2f}s with start and sign-in)", flush=True)


main()
