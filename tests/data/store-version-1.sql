PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE conversations (
    number   INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    notebook TEXT NOT NULL,
    title    TEXT NOT NULL,
    created  TEXT NOT NULL,
    updated  TEXT NOT NULL,
    touched  INTEGER NOT NULL  -- grows with every turn of any conversation: the highest was used last
);
INSERT INTO "conversations" VALUES(1,'6c80377242ff45ddbf4ed302beaadc27','a.ipynb','','2026-11-01T10:00:00.000+00:00','2026-11-01T10:00:00.000+00:00',3);
CREATE TABLE decisions (
    number       INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    turn         TEXT NOT NULL,
    call         TEXT NOT NULL,
    tool         TEXT NOT NULL,
    code         TEXT,
    purpose      TEXT NOT NULL,
    digest       TEXT NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('run', 'edit', 'deny')),
    decider      TEXT NOT NULL,
    edited       TEXT,
    reason       TEXT NOT NULL,
    seconds      REAL NOT NULL,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    at           TEXT NOT NULL,
    UNIQUE (turn, call),
    UNIQUE (number, verdict),
    FOREIGN KEY (conversation, turn) REFERENCES turns (conversation, id)
);
INSERT INTO "decisions" VALUES(1,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d','run_python:0','run_python','len(df)','count','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','edit','user','len(df) + 1','off by one',2.5,'moonshot','kimi-k2-thinking','2026-11-01T10:00:00.000+00:00');
INSERT INTO "decisions" VALUES(2,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d','run_python:1','run_python','df.drop()','count','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','deny','user',NULL,'no',1.0,'moonshot','kimi-k2-thinking','2026-11-01T10:00:00.000+00:00');
INSERT INTO "decisions" VALUES(3,'6c80377242ff45ddbf4ed302beaadc27','28ac13eced114e2bb6b79ff3d9087013','run_python:2','run_python','df.shape','count','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','run','rule',NULL,'',0.0,'moonshot','kimi-k2-thinking','2026-11-01T10:00:00.000+00:00');
CREATE TABLE executions (
    decision INTEGER PRIMARY KEY,
    verdict  TEXT NOT NULL CHECK (verdict IN ('run', 'edit')),
    started  TEXT NOT NULL,
    ended    TEXT,
    status   TEXT,
    result   TEXT,
    FOREIGN KEY (decision, verdict) REFERENCES decisions (number, verdict)
);
INSERT INTO "executions" VALUES(1,'edit','2026-11-01T10:00:00.000+00:00','2026-11-01T10:00:00.000+00:00','ok','1208');
INSERT INTO "executions" VALUES(3,'run','2026-11-01T10:00:00.000+00:00',NULL,NULL,NULL);
CREATE TABLE messages (
    number       INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    turn         TEXT,
    seq          INTEGER NOT NULL,
    body         TEXT NOT NULL,
    UNIQUE (conversation, seq),
    FOREIGN KEY (conversation, turn) REFERENCES turns (conversation, id)
);
INSERT INTO "messages" VALUES(1,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d',1,'{"role":"user","text":"How many rows?"}');
INSERT INTO "messages" VALUES(2,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d',2,'{"role":"assistant","text":"","reasoning":"Count them.","calls":[{"id":"run_python:0","name":"run_python","arguments":"{\"code\": \"len(df)\"}"},{"id":"run_python:1","name":"run_python","arguments":"{\"code\": \"df.drop()\"}"}],"reasoning_field":"reasoning_content","reasoning_details":[]}');
INSERT INTO "messages" VALUES(3,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d',3,'{"role":"tool","call":"run_python:0","name":"run_python","text":"1208"}');
INSERT INTO "messages" VALUES(4,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d',4,'{"role":"tool","call":"run_python:1","name":"run_python","text":"Refused: no"}');
INSERT INTO "messages" VALUES(5,'6c80377242ff45ddbf4ed302beaadc27','59627a9e3e8a4fce927e9ebd9e5d290d',5,'{"role":"assistant","text":"1207 rows.","reasoning":"One off.","calls":[],"reasoning_field":"reasoning_content","reasoning_details":[]}');
INSERT INTO "messages" VALUES(6,'6c80377242ff45ddbf4ed302beaadc27','28ac13eced114e2bb6b79ff3d9087013',6,'{"role":"user","text":"And columns?"}');
INSERT INTO "messages" VALUES(7,'6c80377242ff45ddbf4ed302beaadc27','28ac13eced114e2bb6b79ff3d9087013',7,'{"role":"assistant","text":"","reasoning":null,"calls":[{"id":"run_python:2","name":"run_python","arguments":"{\"code\": \"df.shape\"}"}],"reasoning_field":"reasoning_content","reasoning_details":[]}');
CREATE TABLE turns (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    seq          INTEGER NOT NULL,
    prompt       TEXT NOT NULL,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    started      TEXT NOT NULL,
    ended        TEXT,
    reason       TEXT,
    UNIQUE (conversation, seq),
    UNIQUE (conversation, id)
);
INSERT INTO "turns" VALUES(1,'59627a9e3e8a4fce927e9ebd9e5d290d','6c80377242ff45ddbf4ed302beaadc27',1,'How many rows?','moonshot','kimi-k2-thinking','2026-11-01T10:00:00.000+00:00','2026-11-01T10:00:00.000+00:00','complete');
INSERT INTO "turns" VALUES(2,'28ac13eced114e2bb6b79ff3d9087013','6c80377242ff45ddbf4ed302beaadc27',2,'And columns?','moonshot','kimi-k2-thinking','2026-11-01T10:00:00.000+00:00',NULL,NULL);
CREATE TABLE usage (
    number     INTEGER PRIMARY KEY,
    turn       TEXT NOT NULL REFERENCES turns (id),
    step       INTEGER NOT NULL,
    prompt     INTEGER NOT NULL,
    completion INTEGER NOT NULL,
    cached     INTEGER NOT NULL,
    reasoning  INTEGER NOT NULL,
    cost       REAL,
    estimated  INTEGER NOT NULL
);
INSERT INTO "usage" VALUES(1,'59627a9e3e8a4fce927e9ebd9e5d290d',1,100,20,64,10,0.5,0);
CREATE INDEX conversations_by_use ON conversations (touched);
CREATE INDEX conversations_by_notebook ON conversations (notebook, touched);
CREATE INDEX decisions_by_conversation ON decisions (conversation);
CREATE INDEX usage_by_turn ON usage (turn);
COMMIT;
