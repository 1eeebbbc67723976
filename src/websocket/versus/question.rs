//! What to predict before it is played: questions whose answers surprise.

/// A question with its possible answers.
#[derive(Debug)]
pub struct Question {
    /// For whoever names it.
    pub key: &'static str,
    /// It is about messages in both directions.
    pub both: bool,
    /// In one or two sentences.
    pub text: &'static str,
    /// One of them is right.
    pub choices: &'static [Choice],
}

/// One answer.
#[derive(Debug)]
pub struct Choice {
    /// The answer.
    pub text: &'static str,
    /// Why it is right, or what is wrong with it.
    pub why: &'static str,
    /// Whether it is the right one.
    pub right: bool,
}

const fn right(text: &'static str, why: &'static str) -> Choice {
    Choice { text, why, right: true }
}

const fn wrong(text: &'static str, why: &'static str) -> Choice {
    Choice { text, why, right: false }
}

/// All of them.
pub static QUESTIONS: [Question; 3] = [
    Question {
        key: "around",
        both: false,
        text: "A server has a short message for a page, over a WebSocket that is open. What does TCP carry beside the \
               message itself?",
        choices: &[
            wrong(
                "HTTP headers again, some hundred bytes",
                "HTTP speaks once, at the opening. After 101 no header ever crosses this connection again.",
            ),
            right(
                "2 to 10 bytes: the head of a frame",
                "Kind and length are all that it says; up to 125 bytes the length fits into the second byte.",
            ),
            wrong(
                "Nothing: the message goes out as it is",
                "TCP carries one stream of bytes without edges. Something has to say where a message ends: the \
                 frame's length.",
            ),
        ],
    },
    Question {
        key: "events",
        both: false,
        text: "Messages go from the server only. How often does the page wait for an answer with Server-Sent Events, \
               and how often with WebSocket?",
        choices: &[
            wrong(
                "WebSocket waits less: it needs no HTTP",
                "A WebSocket begins with an HTTP request, too, and waits for its answer, the 101.",
            ),
            wrong(
                "Server-Sent Events wait once a message",
                "That is long polling. An event stream is one answer that never ends: nobody asks again.",
            ),
            right(
                "The same: once for TCP, once for the request",
                "After that both only listen. What differs is the way back: events have none.",
            ),
        ],
    },
    Question {
        key: "connections",
        both: true,
        text: "Now the page speaks, too. How many TCP connections does long polling need with HTTP/1.1?",
        choices: &[
            wrong(
                "One: connections stay open",
                "It stays open, but it is taken: HTTP/1.1 answers in order, and the waiting request has no answer yet.",
            ),
            right(
                "Two: one waits, one speaks",
                "The kept request blocks its connection. A browser opens six to one host at most, for all tabs together.",
            ),
            wrong(
                "One for each message",
                "That was HTTP/1.0. Since 1.1 a connection is kept, and the next request reuses it.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_one_right_answer_and_each_answer_its_reason() {
        for question in &QUESTIONS {
            assert_eq!(question.choices.iter().filter(|choice| choice.right).count(), 1, "{}", question.key);
            assert!(question.choices.iter().all(|choice| choice.why.ends_with('.')), "{}", question.key);
        }
    }
}
