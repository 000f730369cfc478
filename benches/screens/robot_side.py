"""The same registrations with Robot Framework's SeleniumLibrary: writes the suite, runs it, says how long it took."""

import pathlib
import subprocess
import sys
import tempfile
import time

URL, TIMES, NUMBER = sys.argv[1], sys.argv[2], "00000118125"
SUITE = """*** Settings ***
Library    SeleniumLibrary    timeout=10s
Library    DateTime

*** Keywords ***
Put
    [Arguments]    ${label}    ${value}
    ${where}=    Set Variable    xpath://td[normalize-space(translate(., '※　', ''))='${label}']/following-sibling::td[1]//input
    Wait Until Element Is Enabled    ${where}
    Input Text    ${where}    ${value}
    Textfield Value Should Be    ${where}    ${value}
Choose
    [Arguments]    ${label}    ${option}
    Select From List By Label    xpath://td[normalize-space(translate(., '※　', ''))='${label}']/following-sibling::td[1]//select    ${option}
Press
    [Arguments]    ${text}
    Wait Until Element Is Enabled    xpath://input[@value='${text}']
    Click Element    xpath://input[@value='${text}']
In Frame
    [Arguments]    ${name}
    Unselect Frame
    Wait Until Element Is Visible    name:${name}
    Select Frame    name:${name}
Menu
    [Arguments]    ${branch}    ${leaf}
    In Frame    MENU
    Wait Until Element Is Visible    link:${branch}
    Click Link    link:${branch}
    Wait Until Element Is Visible    link:${leaf}
    Click Link    link:${leaf}
    In Frame    MAIN
Register
    Menu    照会    住民照会
    Press    検索
    Switch Window    NEW    timeout=5s
    Put    フリガナ    タカハシ
    Press    検索実行
    WHILE    True
        Wait Until Page Contains Element    xpath://input[@value='選択']
        ${rows}=    Get WebElements    xpath://tr[.//input[@value='選択']]
        FOR    ${row}    IN    @{rows}
            ${text}=    Get Text    ${row}
        END
        ${next}=    Get WebElements    link:次頁
        IF    not $next    BREAK
        ${old}=    Get WebElement    xpath://tr[.//input[@value='選択']]
        Click Element    ${next}[0]
        Wait Until Keyword Succeeds    10s    0.05s    Gone    ${old}
    END
    Click Element    xpath://tr[td[normalize-space()='NUMBER']]//input[@value='選択']
    Switch Window    MAIN
    In Frame    MAIN
    Press    照会
    Wait Until Page Contains    異動履歴
    Element Text Should Be    xpath://td[normalize-space()='氏名']/following-sibling::td[1]    髙橋 一郎
    Menu    発行    受理通知発送登録
    Put    宛名番号    NUMBER
    Put    届出日    2026/10/30
    Choose    異動事由    転居
    Click Element    xpath:(//input[@type='radio'])[1]
    Choose    郵便種別    普通
    Put    人数    1
    Press    登録
    Handle Alert    ACCEPT    timeout=10s
    Wait Until Page Contains    登録しました
    ${receipt}=    Get Text    xpath://td[normalize-space()='受付番号']/following-sibling::td[1]
    Should Not Be Empty    ${receipt}
Gone
    [Arguments]    ${element}
    Run Keyword And Expect Error    *    Get Text    ${element}

*** Test Cases ***
Registrations
    Open Browser    URL    chrome    options=binary_location="/usr/bin/chromium";add_argument("--headless=new");add_argument("--no-sandbox");add_argument("--disable-gpu");add_argument("--disable-dev-shm-usage");add_argument("--window-size=1280,1024")    service=executable_path="/usr/bin/chromedriver"
    Put    利用者ID    juki_robot
    Input Password    xpath://input[@type='password']    robot-2026
    Press    ログイン
    Switch Window    NEW    timeout=5s
    Close Window
    Switch Window    MAIN
    In Frame    MAIN
    Wait Until Page Contains    業務メニュー
    ${began}=    Get Current Date    result_format=epoch
    FOR    ${n}    IN RANGE    TIMES
        Register
    END
    ${ended}=    Get Current Date    result_format=epoch
    Log To Console    TOOK ${{ $ended - $began }}
    Close Browser
"""

began = time.monotonic()
with tempfile.TemporaryDirectory() as folder:
    suite = pathlib.Path(folder) / "side.robot"
    suite.write_text(SUITE.replace("URL", URL).replace("TIMES", TIMES).replace("NUMBER", NUMBER), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", folder, "--console", "dotted", suite], capture_output=True, text=True, check=False
    )
took = [line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("TOOK")]
if not took:
    print(done.stdout[-1500:], done.stderr[-1500:])
    sys.exit(1)
print(f"robot: {TIMES} registrations in {float(took[0]):.2f}s ({time.monotonic() - began:.2f}s with start and sign-in)", flush=True)
