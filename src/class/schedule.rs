//! How long the course takes: minutes of each part of each lesson, and lessons put together to classes.

use crate::lesson::{Lesson, Step};

/// A class may be so much over its time if its last lesson would otherwise need a class of its own: a sixth.
const OVER: u16 = 6;

/// The course in classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Minutes that a class is meant to take.
    pub target: u16,
    /// Classes, in order.
    pub sittings: Vec<Sitting>,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// Its lessons.
    pub lessons: Vec<Planned>,
}

/// One lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its number.
    pub number: u16,
    /// Its title.
    pub title: String,
    /// In all.
    pub minutes: u16,
    /// Of them for: reading, predicting, running and observing, checking, explaining.
    pub parts: [u16; 5],
}

impl Sitting {
    /// Minutes of all its lessons.
    pub fn minutes(&self) -> u16 {
        self.lessons.iter().map(|lesson| lesson.minutes).sum()
    }
}

/// Puts lessons together to classes of about `target` minutes, in their order, none divided.
pub fn schedule(lessons: &[&Lesson], target: u16) -> Plan {
    let mut sittings: Vec<Sitting> = Vec::new();
    let mut sum = 0;
    for (at, lesson) in lessons.iter().enumerate() {
        let fits = sum + lesson.minutes <= target;
        let last = at + 1 == lessons.len() && sum + lesson.minutes <= target + target / OVER;
        if let Some(sitting) = sittings.last_mut().filter(|_| fits || last) {
            sitting.lessons.push(planned(lesson));
        } else {
            sittings.push(Sitting { lessons: vec![planned(lesson)] });
            sum = 0;
        }
        sum += lesson.minutes;
    }
    Plan { target, sittings }
}

fn planned(lesson: &Lesson) -> Planned {
    Planned { number: lesson.number(), title: lesson.title.clone(), minutes: lesson.minutes, parts: parts(lesson) }
}

/// Its minutes, divided as its steps need them: a prediction is talked about, a run only watched.
fn parts(lesson: &Lesson) -> [u16; 5] {
    let mut weights = [0_u32; 5];
    for step in &lesson.steps {
        let (part, weight) = match step {
            Step::Prose(_) => (0, 2),
            Step::Predict(_) => (1, 5),
            Step::Run(_) => (2, 3),
            Step::Observe(_) => (2, 2),
            Step::Check(_) => (3, 3),
            Step::Explain(_) => (4, 3),
            Step::Teacher(_) => continue,
        };
        weights[part] += weight;
    }
    let all: u32 = weights.iter().sum();
    if all == 0 {
        return [lesson.minutes, 0, 0, 0, 0];
    }
    // Whole minutes whose sum is right: what is left over goes to whom most was taken from.
    let exact = weights.map(|weight| weight * u32::from(lesson.minutes));
    let mut parts = exact.map(|share| (share / all) as u16);
    let mut order = [0, 1, 2, 3, 4];
    order.sort_by_key(|part: &usize| std::cmp::Reverse(exact[*part] % all));
    for part in order.into_iter().take(usize::from(lesson.minutes - parts.iter().sum::<u16>())) {
        parts[part] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Shelf;

    #[test]
    fn the_course_is_three_classes_as_the_curriculum_says() {
        let course = Shelf::BuiltIn.all().unwrap_or_else(|fault| panic!("{fault}"));
        let lessons: Vec<&Lesson> = course.iter().map(|found| &found.lesson).collect();
        let plan = schedule(&lessons, 90);
        let sums: Vec<u16> = plan.sittings.iter().map(Sitting::minutes).collect();
        assert_eq!(sums, [80, 90, 100]);
        for lesson in plan.sittings.iter().flat_map(|sitting| &sitting.lessons) {
            assert_eq!(lesson.parts.iter().sum::<u16>(), lesson.minutes, "{}", lesson.title);
        }
        let long = schedule(&lessons, 300);
        assert_eq!(long.sittings.len(), 1);
        assert_eq!(schedule(&lessons, 10).sittings.len(), 15, "a lesson that is too long has a class of its own");
    }
}
