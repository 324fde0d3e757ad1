"""Many runs to one statement: does an arm do better than the baseline?"""
